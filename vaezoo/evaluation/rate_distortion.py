"""Rate and distortion of models: how they share their bound."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vaezoo.evaluation.measurement import mean_and_error
from vaezoo.evaluation.scored_images import ScoredImages
from vaezoo.models import VAE


@dataclasses.dataclass(frozen=True)
class RateDistortionPoint:
    """One model; rate + distortion is minus the ELBO.

    Args:
        name: Of the model.
        beta: Weight of the rate in the objective that it was trained with; None where
            the objective has none.
        rate: KL divergence of the posterior from the prior, nats an image.
        rate_error: Its standard error over images; None for a single image.
        distortion: -E log p(x|z), nats an image.
        distortion_error: Its standard error over images; None for a single image.
        n: How many images.
    """

    name: str
    beta: float | None
    rate: float
    rate_error: float | None
    distortion: float
    distortion_error: float | None
    n: int


def rate_distortion(
    models: Mapping[str, VAE] | Sequence[VAE], images: Any, y: Any = None, seed: int = 0
) -> list[RateDistortionPoint]:
    """Measures rate and distortion of models on the same images with the same noise.

    Of models that differ in beta the points are one curve, for which see
    `vaezoo.plotting.rate_distortion`. Distortions compare between likelihoods of the
    same kind of pixels only.

    Args:
        models: The VAEs by name, or in a sequence, under their own names.
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`; binarized
            once with NumPy's seed 777 for a binary likelihood.
        y: The condition of each image, for conditional models; others do without it.
        seed: Seed of the one posterior sample an image.

    Returns:
        A `RateDistortionPoint` for each model, in the order given.

    Raises:
        ValueError: If there is no model, or images or conditions do not fit one.

    Reference:
        Alemi et al. 2018, "Fixing a Broken ELBO".

    Example:
        >>> (point,) = rate_distortion({"mine": model}, images)
        >>> point.name, point.n
        ('mine', 20)
    """
    if isinstance(models, VAE):
        models = [models]
    if not isinstance(models, Mapping):
        models = _by_name(models)
    if not models:
        raise ValueError("Expected at least one model. Received: none")
    return [_point(name, model, images, y, seed) for name, model in models.items()]


def _by_name(models: Sequence[VAE]) -> dict[str, VAE]:
    named = {getattr(model, "name", str(model)): model for model in models}
    if len(named) < len(models):
        raise ValueError(
            "Expected models of different names, or a dictionary that names them. "
            f"Received: {[model.name for model in models]}"
        )
    return named


def _point(
    name: str, model: VAE, images: Any, y: Any, seed: int
) -> RateDistortionPoint:
    conditional = getattr(model, "conditional", False)
    scored = ScoredImages.of(model, images, y if conditional else None)
    terms = model.elbo_terms(scored.images, seed, *scored.condition)
    rate, rate_error = mean_and_error(np.asarray(terms.kl))
    distortion, distortion_error = mean_and_error(-np.asarray(terms.reconstruction))
    beta = getattr(model.objective, "beta", None)
    return RateDistortionPoint(
        name,
        None if beta is None else float(beta),
        rate,
        rate_error,
        distortion,
        distortion_error,
        len(scored.images),
    )
