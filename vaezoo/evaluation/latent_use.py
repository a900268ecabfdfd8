"""Which latent dimensions a model uses, and how much."""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo import random
from vaezoo.images import check_images
from vaezoo.models import VAE
from vaezoo.models.rows import map_rows
from vaezoo.objectives import kl_per_dimension
from vaezoo.random import Stream

ACTIVE_VARIANCE = 0.01
"""A latent dimension is active if its posterior mean varies by more than this over the
data (Burda et al. 2016, appendix C)."""

_BATCH = 256


@dataclasses.dataclass(frozen=True)
class LatentUse:
    """The use of each latent dimension, as means over images.

    Args:
        kl: KL divergence of each dimension in nats, `(latent_dim,)`; `(1,)`, that of
            all together, where posterior or prior have dependent dimensions.
        variance: Variance over the images of each dimension's posterior mean,
            `(latent_dim,)`.
    """

    kl: np.ndarray
    variance: np.ndarray

    @property
    def active_units(self) -> int:
        """Number of dimensions whose posterior mean depends on the image."""
        return int((self.variance > ACTIVE_VARIANCE).sum())


def latent_use(model: VAE, images: Any, y: Any = None, seed: int = 0) -> LatentUse:
    """Measures the use of each latent dimension.

    Args:
        model: The VAE.
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`; binarized
            with the seed for a binary likelihood.
        y: The condition of each image, in conditional models.
        seed: Seed of the binarization, and of the samples that a KL divergence without
            a closed form takes.

    Returns:
        The `LatentUse`.

    Raises:
        ValueError: If images or conditions do not fit the model, or it is no VAE.
    """
    if not isinstance(model, VAE):
        raise ValueError(
            "Expected a vaezoo.VAE, which has a posterior. "
            f"Received: {type(model).__name__}"
        )
    images = check_images(images, model.image_shape)
    condition = (model.condition.check(y, len(images)),) if model.conditional else ()
    seeds = random.row_seeds(random.check_seed(seed), len(images))

    def body(
        x: tf.Tensor, seeds: tf.Tensor, y: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        posterior = model.infer(model.prepare_target(x, seeds), y)
        z = model.posterior.draw(posterior, seeds, Stream.LATENT)
        return kl_per_dimension(posterior, model.prior_for(y), z), posterior.mean()

    graph = model.cached_graph("latent_use", body)
    kl, means = map_rows(graph, _BATCH, images, seeds, *condition)
    return LatentUse(
        kl=kl.numpy().mean(axis=0, dtype=np.float64),
        variance=means.numpy().var(axis=0, dtype=np.float64),
    )
