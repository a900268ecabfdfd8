"""Likelihood and images where a part of the pixels is known."""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import DistributionLayer

tfd = tfp.distributions


def missing_log_prob(
    distribution: tfd.Independent, images: tf.Tensor, known: tf.Tensor
) -> tf.Tensor:
    """The log-likelihood of the pixels that are not known, inside a graph.

    Args:
        distribution: p(x|z), whose pixels are independent.
        images: float32 `(batch, height, width, channels)`.
        known: Booleans, `(batch, height, width)`.

    Returns:
        `(batch,)`, nats.
    """
    pixels = distribution.distribution.log_prob(images)
    if pixels.shape.rank == 4:
        pixels = tf.reduce_sum(pixels, axis=-1)
    return tf.reduce_sum(tf.where(known, tf.zeros_like(pixels), pixels), axis=[1, 2])


def fill_in(images: tf.Tensor, partial: tf.Tensor, known: tf.Tensor) -> tf.Tensor:
    """Images with the known pixels in their place, inside a graph.

    Args:
        images: `(batch, height, width, channels)`.
        partial: The known pixels, shaped as `images`; other values do not matter.
        known: Booleans, `(batch, height, width)`.

    Returns:
        `(batch, height, width, channels)`.
    """
    return tf.where(known[..., None], tf.cast(partial, images.dtype), images)


def check_pixelwise(likelihood: DistributionLayer) -> None:
    """Checks that the density of an image is a product over its pixels.

    Args:
        likelihood: A built layer of p(x|z).

    Raises:
        ValueError: If it is not, so that no pixel can be left out.
    """
    seeds = random.row_seeds(0, 2)
    params = random.normal(seeds, (likelihood.num_params,), random.Stream.LATENT)
    distribution = likelihood(params)
    image = tf.constant(np.indices((2, *likelihood.event_shape)).sum(axis=0) % 2)
    image = tf.cast(image, tf.float32)
    inner = getattr(distribution, "distribution", None)
    if isinstance(distribution, tfd.Independent) and inner.batch_shape.rank in (3, 4):
        nothing = tf.zeros(image.shape[:3], tf.bool)
        whole = likelihood.log_prob(distribution, image)
        if np.allclose(whole, missing_log_prob(distribution, image, nothing), 1e-3):
            return
    raise ValueError(
        "Expected a likelihood whose pixels are independent given the latents: pixels "
        "that the condition knows are left out of it. "
        f"Received: {type(likelihood).__name__}"
    )
