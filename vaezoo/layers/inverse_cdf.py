"""Categories from uniform numbers."""

import tensorflow as tf


def draw_category(logits: tf.Tensor, uniform: tf.Tensor) -> tf.Tensor:
    """The category in whose share of (0, 1) each number falls.

    One number is enough for any number of categories.

    Args:
        logits: Unnormalized log-masses, `(..., categories)`.
        uniform: Numbers in (0, 1), `(...)`.

    Returns:
        int32 `(...)`.
    """
    upper = tf.cumsum(tf.nn.softmax(logits), axis=-1)
    # The last edge is 1 but for rounding, and must lie above every number.
    below = uniform[..., None] * upper[..., -1:] > upper
    return tf.reduce_sum(tf.cast(below, tf.int32), axis=-1)
