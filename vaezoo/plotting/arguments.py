"""Checks of what a picture is made of."""

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np

from vaezoo.integers import check_count


def check_positive(name: str, value: Any) -> float:
    """Returns a positive, finite number.

    Args:
        name: How the error calls it.
        value: The number.

    Raises:
        ValueError: If it is something else.
    """
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not 0 < value < np.inf:
        raise ValueError(
            f"Expected `{name}` to be a positive number. Received: {name}={value!r}"
        )
    return float(value)


def check_choice(name: str, value: Any, choices: Sequence[str]) -> str:
    """Returns one of a few words.

    Args:
        name: How the error calls it.
        value: The word.
        choices: What it may be.

    Raises:
        ValueError: If it is something else.
    """
    if not isinstance(value, str) or value not in choices:
        raise ValueError(
            f"Expected `{name}` to be one of: {', '.join(choices)}. "
            f"Received: {name}={value!r}"
        )
    return value


def check_dimensions(
    dimensions: int | Sequence[int], latent_dim: int
) -> int | list[int]:
    """Returns how many latent dimensions were asked for, or which.

    Args:
        dimensions: A number of dimensions, or their indices.
        latent_dim: How many there are.

    Raises:
        ValueError: If there are no such dimensions.
    """
    if np.ndim(dimensions) == 0:
        return min(check_count("dimensions", dimensions, least=1), latent_dim)
    array = np.asarray(dimensions)
    integers = array.ndim == 1 and np.issubdtype(array.dtype, np.integer)
    if not integers or not array.size or array.min() < 0 or array.max() >= latent_dim:
        raise ValueError(
            f"Expected `dimensions` to be a number of dimensions, or integers from 0 "
            f"to {latent_dim - 1}. Received: dimensions={dimensions!r}"
        )
    return array.tolist()


def check_plane(dimensions: Sequence[int], latent_dim: int) -> list[int]:
    """Returns the two different latent dimensions of a plane.

    Args:
        dimensions: Their indices.
        latent_dim: How many there are.

    Raises:
        ValueError: If they are not two of the model's dimensions.
    """
    array = np.asarray(dimensions)
    integers = array.shape == (2,) and np.issubdtype(array.dtype, np.integer)
    valid = integers and 0 <= array.min() < array.max() < latent_dim
    if not valid:
        raise ValueError(
            f"Expected `dimensions` to be two different integers from 0 to "
            f"{latent_dim - 1}. Received: dimensions={dimensions!r}"
        )
    return array.tolist()


def check_vectors(name: str, value: Any, ndim: int = 2) -> np.ndarray:
    """Returns finite vectors as float64.

    Args:
        name: How the error calls them.
        value: Array-like, `(n, size)`; `(size,)` for `ndim` 1.
        ndim: Rank of the array.

    Raises:
        ValueError: If they have another rank, are empty, or are not finite numbers.
    """
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Expected `{name}` to be an array of numbers. "
            f"Received: {type(value).__name__} ({error})"
        ) from error
    if array.ndim != ndim or not array.size:
        shape = "(n, size)" if ndim == 2 else "(size,)"
        raise ValueError(
            f"Expected `{name}` of shape {shape}, not empty. "
            f"Received: shape {array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(
            f"Expected `{name}` to be finite. Received: NaN or infinite values"
        )
    return array


def check_rows(name: str, value: Any, count: int) -> np.ndarray:
    """Returns an array with one row for each of `count` things.

    Args:
        name: How the error calls it.
        value: Array-like, `(count, ...)`.
        count: How many rows there must be.

    Raises:
        ValueError: If there are more or fewer.
    """
    array = np.asarray(value)
    if array.ndim == 0 or len(array) != count:
        raise ValueError(
            f"Expected `{name}` of {count} rows, one for each image. "
            f"Received: shape {array.shape}"
        )
    return array
