"""The 256 levels of an 8-bit pixel, 0, 1/255, ... 1."""

from collections.abc import Callable

import tensorflow as tf

LEVELS = 256
HIGHEST = LEVELS - 1


def nearest_level(values: tf.Tensor) -> tf.Tensor:
    """The number of the level that is nearest to each value.

    Args:
        values: Pixels in [0, 1].

    Returns:
        Whole numbers from 0 to 255, of the shape and dtype of `values`.
    """
    return tf.clip_by_value(tf.round(values * HIGHEST), 0.0, HIGHEST)


def inside(mean: tf.Tensor) -> tf.Tensor:
    """Keeps means off 0 and 1, which no finite parameters have.

    Args:
        mean: Means in [0, 1].

    Returns:
        The same, at least 1/1000 away from 0 and 1.
    """
    return tf.clip_by_value(mean, 1e-3, 1.0 - 1e-3)


def sum_over_numbers(
    term: Callable[[tf.Tensor], tf.Tensor], count: int, zeros: tf.Tensor
) -> tf.Tensor:
    """Adds up `term(0)` to `term(count - 1)`, in the memory of two terms.

    Args:
        term: From a scalar number to a tensor shaped as `zeros`.
        count: How many terms.
        zeros: Where the sum starts.

    Returns:
        The sum, shaped as `zeros`.
    """

    def add(number: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return number + 1.0, total + term(number)

    start = tf.zeros([], zeros.dtype)
    # XLA can only differentiate a loop of a known number of rounds.
    _, total = tf.while_loop(
        lambda number, _: number < count,
        add,
        (start, zeros),
        maximum_iterations=count,
    )
    return total
