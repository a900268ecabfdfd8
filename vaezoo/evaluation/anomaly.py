"""Anomaly scores from log p(x)."""

from typing import Any

import numpy as np

from vaezoo.evaluation.measurement import Evaluation, Measurement
from vaezoo.evaluation.roc import auroc
from vaezoo.evaluation.scored_images import ScoredImages


def anomaly_scores(
    model: Any,
    images: Any,
    num_samples: int | None = 100,
    seed: int = 0,
    y: Any = None,
) -> np.ndarray:
    """How unlikely images are to the model: an estimate of -log p(x).

    **Unlikely is not the same as strange.** Deep generative models, VAEs among them,
    may give images of another data set a higher likelihood than those they were trained
    on: models of CIFAR-10 find house numbers (SVHN) likelier, models of Fashion-MNIST
    digits (Nalisnick et al. 2019). Measure with `anomaly_detection`, on anomalies like
    those you expect, before relying on it.

    Args:
        model: The VAE.
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`; binarized
            once with NumPy's seed 777, in the order given, for a binary likelihood.
        num_samples: k importance samples an image; None for -ELBO, which takes one and
            punishes a posterior that fits badly too.
        seed: Seed of the samples.
        y: The condition of each image, in conditional models.

    Returns:
        float64 `(n,)`, nats, higher for more unlikely images.

    Raises:
        ValueError: If images or conditions do not fit the model, it is no VAE, or the
            number of samples is not positive.

    Reference:
        Nalisnick et al. 2019, "Do Deep Generative Models Know What They Don't Know?"
    """
    scored = ScoredImages.of(model, images, y)
    if num_samples is None:
        values = model.elbo(scored.images, seed, *scored.condition)
    else:
        values = model.log_prob(scored.images, num_samples, seed, *scored.condition)
    return -values.astype(np.float64)


def anomaly_detection(
    model: Any,
    inside: Any,
    outside: Any,
    num_samples: int | None = 100,
    seed: int = 0,
) -> Evaluation:
    """How well -log p(x) tells images of the model's data set from those of another.

    0.5 is chance, 1 perfect. Less than 0.5 means that the model finds the images from
    outside likelier, which is common: see the caveat of `anomaly_scores`.

    Args:
        model: The VAE; not a conditional one.
        inside: Images of the data set that it was trained on, best the test images.
        outside: Images of another one, of the same shape.
        num_samples: As for `anomaly_scores`.
        seed: Seed of the samples.

    Returns:
        An `Evaluation` with `auroc`, its standard error that of DeLong et al. 1988.

    Raises:
        ValueError: If images do not fit the model, it is no VAE or a conditional one.
    """
    scores = [
        anomaly_scores(model, images, num_samples, seed) for images in (inside, outside)
    ]
    how = "-ELBO" if num_samples is None else f"-log p(x), {num_samples} samples"
    sizes = " and ".join(str(len(part)) for part in scores)
    protocol = f"{how}, seed {seed}; {sizes} images inside and outside"
    value, error = auroc(*scores)
    n = sum(map(len, scores))
    return Evaluation((Measurement("auroc", value, "share", protocol, n, error),))
