"""Several samples of each image's posterior through the decoder."""

from typing import TYPE_CHECKING

import tensorflow as tf

if TYPE_CHECKING:
    from vaezoo.models import VAE


def log_likelihoods(
    model: "VAE",
    target: tf.Tensor,
    z: tf.Tensor,
    y: tf.Tensor | None = None,
    training: bool = False,
) -> tf.Tensor:
    """The densities log p(x|z_i) of several samples an image, inside a graph.

    The decoder sees samples and images as the rows of one matrix.

    Args:
        model: The VAE.
        target: float32 `(batch, height, width, channels)`, what the likelihood scores.
        z: `(count, batch, latent_dim)`.
        y: The condition of each image, in conditional models.
        training: Passed on to the decoder.

    Returns:
        `(count, batch)`, nats.
    """
    count, batch = tf.shape(z)[0], tf.shape(target)[0]
    y = None if y is None else tiled(y, count)
    rows = tf.reshape(z, [count * batch, model.latent_dim])
    likelihood = model.generate(rows, y, training=training)
    log_likelihood = model.log_likelihood(likelihood, tiled(target, count), y)
    return tf.reshape(log_likelihood, [count, batch])


def tiled(tensor: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """All rows, `count` times one after the other."""
    return tf.tile(tensor, [count, *[1] * (tensor.shape.rank - 1)])
