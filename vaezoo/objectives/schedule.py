"""Numbers that change in the course of training."""

from typing import Any

import tensorflow as tf


def linear_rise(step: tf.Tensor | None, steps: int, dtype: Any) -> tf.Tensor:
    """Rises from 0 to 1 over the first `steps` steps and stays there.

    Args:
        step: How many training steps have been made, an integer scalar; `None` is the
            end of the schedule.
        steps: How long the rise takes; 0 for no rise at all.
        dtype: Of the result.

    Returns:
        A scalar in [0, 1].
    """
    if step is None or steps == 0:
        return tf.ones((), dtype)
    return tf.minimum(tf.cast(step, dtype) / steps, 1.0)
