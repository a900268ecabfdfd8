"""Free bits: a KL divergence that costs nothing up to some nats a dimension."""

import tensorflow as tf


def above_floor(kl: tf.Tensor, floor: float) -> tf.Tensor:
    """Which dimensions have a mean KL divergence above the floor.

    Args:
        kl: `(..., batch, dimensions)`, in nats.
        floor: lambda of Kingma et al. 2016, in nats.

    Returns:
        bool `(dimensions,)`.
    """
    mean = tf.reduce_mean(kl, axis=list(range(kl.shape.rank - 1)))
    return mean > floor


def sum_with_free_bits(values: tf.Tensor, above: tf.Tensor, floor: float) -> tf.Tensor:
    """Sums over the dimensions, of which those below the floor count as the floor.

    With the KL divergence as the values, the mean over the batch is
    sum_j max(floor, mean KL_j), eq. 15 of Kingma et al. 2016, "Improved Variational
    Inference with Inverse Autoregressive Flow"; the dimensions that count as the floor
    have no gradient.

    Args:
        values: `(..., dimensions)`, in nats.
        above: bool `(dimensions,)`, from `above_floor`.
        floor: In nats.

    Returns:
        `(...)`, in nats.
    """
    return tf.reduce_sum(tf.where(above, values, tf.cast(floor, values.dtype)), axis=-1)
