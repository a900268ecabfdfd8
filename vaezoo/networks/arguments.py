"""Checks of what the builders of networks are given, before any layer is made.

Keras wants Python integers, so that is what comes back, also for NumPy's.
"""

from collections.abc import Iterable, Sequence

from vaezoo.integers import is_integer


def check_image_shape(image_shape: Sequence[int]) -> tuple[int, int, int]:
    """Returns the shape of one image as a tuple.

    Args:
        image_shape: `(height, width, channels)`.

    Raises:
        ValueError: If it is not three positive integers.
    """
    sizes = _integers(image_shape, minimum=1)
    if sizes is None or len(sizes) != 3:
        raise ValueError(
            "Expected `image_shape` to be (height, width, channels), three positive "
            f"integers. Received: image_shape={image_shape!r}"
        )
    return sizes


def check_size(name: str, size: int, zero: bool = False) -> int:
    """Returns a single size.

    Args:
        name: How the error calls it.
        size: The size.
        zero: Whether it may be 0.

    Raises:
        ValueError: If it is not a positive integer.
    """
    sizes = _integers((size,), minimum=0 if zero else 1)
    if sizes is None:
        expected = "0 or a positive integer" if zero else "a positive integer"
        raise ValueError(
            f"Expected `{name}` to be {expected}. Received: {name}={size!r}"
        )
    return sizes[0]


def check_layer_sizes(
    name: str, sizes: Sequence[int], least: int = 0
) -> tuple[int, ...]:
    """Returns the sizes of consecutive layers.

    Args:
        name: How the error calls them.
        sizes: Size of each layer.
        least: How many layers there must be.

    Raises:
        ValueError: If it is not a sequence of at least that many positive integers.
    """
    integers = _integers(sizes, minimum=1)
    if integers is None or len(integers) < least:
        count = f"at least {least} " if least else ""
        raise ValueError(
            f"Expected `{name}` to be a sequence of {count}positive integers. "
            f"Received: {name}={sizes!r}"
        )
    return integers


def _integers(values: object, minimum: int) -> tuple[int, ...] | None:
    """`values` as Python integers, or None if they are something else."""
    values = tuple(values) if isinstance(values, Iterable) else (None,)
    if not all(is_integer(value, minimum) for value in values):
        return None
    return tuple(int(value) for value in values)
