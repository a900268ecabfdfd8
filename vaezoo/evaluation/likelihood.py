"""Log-likelihood and latent use of a VAE."""

from typing import Any

import numpy as np

from vaezoo.data import binarize_fixed, check_images
from vaezoo.evaluation.bits_per_dim import bits_per_dim
from vaezoo.evaluation.latent_use import ACTIVE_VARIANCE, latent_use
from vaezoo.evaluation.measurement import Evaluation, Measurement, mean_and_error
from vaezoo.models import VAE

_BINARIZATION_SEED = 777


def evaluate_likelihood(
    model: VAE,
    images: Any,
    num_samples: int = 5000,
    seed: int = 0,
    correction_images: int | None = None,
    correction_samples: int = 100,
    progress: bool = False,
    y: Any = None,
) -> Evaluation:
    """Measures NLL, bits/dim, ELBO with its two terms, and active latent dimensions.

    For a binary likelihood, pixels between 0 and 1 are probabilities and are binarized
    once, with NumPy's seed 777, in the order given. For a likelihood of grey or colour
    pixels they stay as they are, and the NLL is also given in bits/dim, of the 256
    levels of 8 bits: nll / (D ln 2) for the D elements of an image if the likelihood
    is a mass over the levels, and 8 bits more if it is a density over [0, 1].

    With `correction_images`, the NLL is the difference estimator for decoders that
    are too dear for k samples of every image: the mean over all images of NLL with
    `correction_samples`, minus the mean over the first `correction_images` images of
    how much more than NLL with k it is. That difference varies little between images.

    Args:
        model: The VAE.
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`.
        num_samples: k, importance samples an image.
        seed: Seed of the importance samples and of the ELBO's noise.
        correction_images: Number of images that get all k samples; None for all.
        correction_samples: Importance samples of every image, in that case.
        progress: Whether to show progress bars.
        y: The condition of each image, in conditional models: every number is then
            given it. Of images of which a part is known, what is measured is the
            likelihood of the rest.

    Returns:
        An `Evaluation` with `nll`, `elbo`, `reconstruction`, `kl` (nats an image) and
        `active_units`; with `bits_per_dim` for grey and colour pixels.

    Raises:
        ValueError: If images or conditions do not fit the model or a number is not
            positive.
    """
    images = check_images(images, model.image_shape)
    if model.conditional:
        y = model.condition.check(y, len(images))
    binarized = "pixels as given"
    if model.likelihood.binary:
        images = binarize_fixed(images, seed=_BINARIZATION_SEED)
        binarized = f"binarized once with NumPy seed {_BINARIZATION_SEED}"
    if model.completes:
        binarized += "; of the missing pixels"
    if correction_images is None or correction_images >= len(images):
        nll = _nll(model, images, y, num_samples, seed, binarized, progress)
    else:
        nll = _nll_by_difference(
            model,
            images,
            y,
            num_samples,
            seed,
            binarized,
            correction_images,
            correction_samples,
            progress,
        )
    return Evaluation(
        (
            nll,
            # An image of which a part is known has no fixed number of dimensions.
            *([] if model.completes else bits_per_dim(nll, model.likelihood)),
            *_bound(model, images, y, seed, binarized),
            _active(model, images, y),
        )
    )


def _nll(
    model: VAE,
    images: np.ndarray,
    y: np.ndarray | None,
    k: int,
    seed: int,
    binarized: str,
    progress: bool,
) -> Measurement:
    values = -model.log_prob(images, k, seed=seed, y=y, progress=progress)
    value, error = mean_and_error(values)
    protocol = f"-log mean of {k} importance weights, seed {seed}; {binarized}"
    return Measurement("nll", value, "nats", protocol, len(images), error, k)


def _nll_by_difference(
    model: VAE,
    images: np.ndarray,
    y: np.ndarray | None,
    k: int,
    seed: int,
    binarized: str,
    count: int,
    few: int,
    progress: bool,
) -> Measurement:
    coarse = -model.log_prob(images, few, seed=seed, y=y, progress=progress)
    first = None if y is None else y[:count]
    fine = -model.log_prob(images[:count], k, seed=seed, y=first, progress=progress)
    value, error = mean_and_error(coarse)
    shift, shift_error = mean_and_error(coarse[:count] - fine)
    if error is not None and shift_error is not None:
        error = float(np.hypot(error, shift_error))
    protocol = (
        f"mean NLL_{few} of all images minus mean (NLL_{few} - NLL_{k}) of the first "
        f"{count}, importance sampling, seed {seed}; {binarized}"
    )
    return Measurement("nll", value - shift, "nats", protocol, len(images), error, k)


def _bound(
    model: VAE,
    images: np.ndarray,
    y: np.ndarray | None,
    seed: int,
    binarized: str,
) -> list[Measurement]:
    terms = model.elbo_terms(images, seed=seed, y=y)
    protocol = f"one posterior sample an image, seed {seed}; {binarized}"
    measurements = []
    for name in ("elbo", "reconstruction", "kl"):
        value, error = mean_and_error(getattr(terms, name))
        measurements.append(
            Measurement(name, value, "nats", protocol, len(images), error)
        )
    return measurements


def _active(model: VAE, images: np.ndarray, y: np.ndarray | None) -> Measurement:
    active = latent_use(model, images, y).active_units
    protocol = f"latent dimensions whose posterior mean varies by > {ACTIVE_VARIANCE}"
    return Measurement("active_units", active, "dimensions", protocol, len(images))
