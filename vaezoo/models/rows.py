"""Taking long arrays through a graph in batches, and a seed for each row."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo import random
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


def standardize_seeds(
    seed: int | Sequence[int] | np.ndarray | None, count: int | None
) -> np.ndarray:
    """One seed for each of `count` rows.

    Args:
        seed: An integer, one integer a row, or None for fresh noise.
        count: How many rows; None takes one for each seed.

    Returns:
        int64 `(count,)`.

    Raises:
        ValueError: If `count` is not positive or does not fit the number of seeds.
    """
    if count is not None:
        check_count("n", count)
    if seed is None or np.ndim(seed) == 0:
        if count is None:
            raise ValueError("Expected `n`, or one seed an image. Received: neither")
        seed = secrets.randbits(63) if seed is None else random.check_seed(seed)
        return random.row_seeds_array(seed, int(count))
    seeds = [random.check_seed(value) for value in np.asarray(seed).tolist()]
    if not seeds or (count is not None and len(seeds) != count):
        raise ValueError(
            f"Expected one seed a row, {count or 'at least one'}. "
            f"Received: {len(seeds)} seeds"
        )
    return np.array(seeds, np.int64)


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
