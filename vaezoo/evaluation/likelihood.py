"""Log-likelihood and latent use of a VAE."""

import os
from typing import Any

import numpy as np

from vaezoo.evaluation.bits_per_dim import bits_per_dim
from vaezoo.evaluation.importance_run import ImportanceRun
from vaezoo.evaluation.latent_use import ACTIVE_VARIANCE, latent_use
from vaezoo.evaluation.measurement import Evaluation, Measurement, mean_and_error
from vaezoo.evaluation.per_image import PerImageLikelihood, corrected_mean
from vaezoo.evaluation.scored_images import ScoredImages
from vaezoo.models import VAE


def evaluate_likelihood(
    model: VAE,
    images: Any,
    num_samples: int = 5000,
    seed: int = 0,
    correction_images: int | None = None,
    correction_samples: int = 100,
    progress: bool = False,
    y: Any = None,
    memory_limit: int | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
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

    With `checkpoint`, the NLL of the images that are done is kept in that folder, every
    ten seconds. The same call continues there after an interruption, and its results
    have the same bits as without one.

    Args:
        model: The VAE.
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`.
        num_samples: k, importance samples an image.
        seed: Seed of the importance samples and of the ELBO's noise. The results
            depend on it and, but for rounding, not on the memory limit.
        correction_images: Number of images that get all k samples; None for all.
        correction_samples: Importance samples of every image, in that case.
        progress: Whether to show progress bars, with the time left.
        y: The condition of each image, in conditional models: every number is then
            given it. Of images of which a part is known, what is measured is the
            likelihood of the rest.
        memory_limit: Bytes that the importance samples may take at a time; None for
            the default of `model.log_prob`.
        checkpoint: Folder for partial results, made if it is not there.

    Returns:
        An `Evaluation` with `nll`, `elbo`, `reconstruction`, `kl` (nats an image) and
        `active_units`; with `bits_per_dim` for grey and colour pixels.

    Raises:
        ValueError: If images or conditions do not fit the model, a number is not
            positive, or the checkpoint is of another model, other images or arguments.
        OSError: If the checkpoint cannot be written.
    """
    return per_image_likelihood(
        model,
        images,
        num_samples,
        seed,
        correction_images,
        correction_samples,
        progress,
        y,
        memory_limit,
        checkpoint,
    ).evaluation


def per_image_likelihood(
    model: VAE,
    images: Any,
    num_samples: int = 5000,
    seed: int = 0,
    correction_images: int | None = None,
    correction_samples: int = 100,
    progress: bool = False,
    y: Any = None,
    memory_limit: int | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> PerImageLikelihood:
    """What `evaluate_likelihood` measures, with the numbers of each image.

    Args:
        model: As for `evaluate_likelihood`.
        images: As for `evaluate_likelihood`.
        num_samples: As for `evaluate_likelihood`.
        seed: As for `evaluate_likelihood`.
        correction_images: As for `evaluate_likelihood`.
        correction_samples: As for `evaluate_likelihood`.
        progress: As for `evaluate_likelihood`.
        y: As for `evaluate_likelihood`.
        memory_limit: As for `evaluate_likelihood`.
        checkpoint: As for `evaluate_likelihood`.

    Returns:
        The `PerImageLikelihood`; its `evaluation` has the means.

    Raises:
        ValueError: As `evaluate_likelihood`.
        OSError: As `evaluate_likelihood`.
    """
    images, condition, binarized = ScoredImages.of(model, images, y)
    y = condition[0] if condition else None
    if model.completes:
        binarized += "; of the missing pixels"
    run = ImportanceRun(model, seed, memory_limit, checkpoint, progress)
    correction = None
    if correction_images is None or correction_images >= len(images):
        values = run.nll(images, y, num_samples, "all")
        nll = _nll(values, num_samples, seed, binarized)
    else:
        few, count = correction_samples, correction_images
        values = run.nll(images, y, few, "all")
        first = None if y is None else y[:count]
        correction = values[:count] - run.nll(
            images[:count], first, num_samples, "first"
        )
        nll = _nll_by_difference(values, correction, num_samples, few, seed, binarized)
    terms = model.elbo_terms(images, seed=seed, y=y)._asdict()
    bound = {name: _float64(terms[name]) for name in ("elbo", "reconstruction", "kl")}
    evaluation = Evaluation(
        (
            nll,
            # An image of which a part is known has no fixed number of dimensions.
            *([] if model.completes else bits_per_dim(nll, model.likelihood)),
            *_bound(bound, seed, binarized),
            _active(model, images, y),
        )
    )
    return PerImageLikelihood(
        nll=_float64(values),
        **bound,
        correction=None if correction is None else _float64(correction),
        evaluation=evaluation,
    )


def _nll(values: np.ndarray, k: int, seed: int, binarized: str) -> Measurement:
    value, error = mean_and_error(values)
    protocol = f"-log mean of {k} importance weights, seed {seed}; {binarized}"
    return Measurement("nll", value, "nats", protocol, len(values), error, k)


def _nll_by_difference(
    coarse: np.ndarray,
    correction: np.ndarray,
    k: int,
    few: int,
    seed: int,
    binarized: str,
) -> Measurement:
    value, error = corrected_mean(coarse, correction)
    protocol = (
        f"mean NLL_{few} of all images minus mean (NLL_{few} - NLL_{k}) of the first "
        f"{len(correction)}, importance sampling, seed {seed}; {binarized}"
    )
    return Measurement("nll", value, "nats", protocol, len(coarse), error, k)


def _bound(
    terms: dict[str, np.ndarray], seed: int, binarized: str
) -> list[Measurement]:
    protocol = f"one posterior sample an image, seed {seed}; {binarized}"
    measurements = []
    for name, values in terms.items():
        value, error = mean_and_error(values)
        measurements.append(
            Measurement(name, value, "nats", protocol, len(values), error)
        )
    return measurements


def _active(model: VAE, images: np.ndarray, y: np.ndarray | None) -> Measurement:
    active = latent_use(model, images, y).active_units
    protocol = f"latent dimensions whose posterior mean varies by > {ACTIVE_VARIANCE}"
    return Measurement("active_units", active, "dimensions", protocol, len(images))


def _float64(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, np.float64)
