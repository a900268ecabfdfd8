"""Taking long arrays through a graph in batches."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from vaezoo.integers import is_integer


def map_rows(function: Callable, batch_size: int, *arrays: Any) -> Any:
    """Applies `function` to batches of the arrays' rows and joins the results.

    Args:
        function: From tensors to a tensor or a structure of tensors, row by row.
        batch_size: Rows a call.
        *arrays: Arrays of equal length.

    Returns:
        What one call on all rows would return.
    """
    total = len(arrays[0])
    parts = [
        function(*(tf.convert_to_tensor(a[i : i + batch_size]) for a in arrays))
        for i in range(0, total, batch_size)
    ]
    if len(parts) == 1:
        return parts[0]
    return tf.nest.map_structure(lambda *pieces: tf.concat(pieces, axis=0), *parts)


def check_count(name: str, value: Any) -> None:
    """Checks a number of samples or rows.

    Args:
        name: How the error calls it.
        value: The number.

    Raises:
        ValueError: If it is not a positive integer.
    """
    if not is_integer(value, 1):
        raise ValueError(
            f"Expected `{name}` to be a positive integer. Received: {name}={value!r}"
        )
