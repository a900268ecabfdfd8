"""The shape of one event, as an argument of layers."""

import math
from collections.abc import Sequence

import tensorflow as tf

from vaezoo.integers import is_integer


def standardize_event_shape(event_shape: int | Sequence[int]) -> tuple[int, ...]:
    """Returns `event_shape` as a tuple of positive integers.

    Raises:
        ValueError: If it is not a positive integer or a sequence of them.
    """
    several = isinstance(event_shape, (Sequence, tf.TensorShape))
    sizes = tuple(event_shape) if several else (event_shape,)
    if not all(is_integer(size, 1) for size in sizes):
        raise ValueError(
            "Expected `event_shape` to be a positive integer or a sequence of positive "
            f"integers. Received: event_shape={event_shape!r}"
        )
    return tuple(int(size) for size in sizes)


def check_event_size(event_size: int | Sequence[int]) -> int:
    """Returns the number of dimensions of a vector; the shape `(n,)` stands for n.

    Raises:
        ValueError: If it is not a positive integer.
    """
    try:
        (size,) = standardize_event_shape(event_size)
    except ValueError:
        raise ValueError(
            "Expected `event_size` to be a positive integer. "
            f"Received: event_size={event_size!r}"
        ) from None
    return size


def number_of_elements(event_shape: int | Sequence[int]) -> int:
    """Number of elements of one event."""
    return math.prod(standardize_event_shape(event_shape))


def shape_events(values: tf.Tensor, event_shape: Sequence[int]) -> tf.Tensor:
    """Gives the elements of each event, which lie on the last axis, their shape.

    Args:
        values: `(..., number of elements)`.
        event_shape: Shape of one event.

    Returns:
        `(..., *event_shape)`.
    """
    if len(event_shape) == 1:
        return values
    shape = tf.concat([tf.shape(values)[:-1], tf.constant(event_shape, tf.int32)], 0)
    static = [*values.shape[:-1], *event_shape]
    return tf.ensure_shape(tf.reshape(values, shape), static)
