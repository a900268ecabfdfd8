"""Feature vectors: their check, and the distances between them."""

from collections.abc import Iterator
from typing import Any

import numpy as np

# Rows at a time: 1,000 x 10,000 distances are 80 MB.
_ROWS = 1000


def check_features(
    first: Any, second: Any, least: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Two sets of feature vectors as float64.

    Args:
        first: `(n, dims)`.
        second: `(m, dims)`.
        least: How many rows each must have.

    Returns:
        float64 `(n, dims)` and `(m, dims)`.

    Raises:
        ValueError: If they are not finite, not of one length, or too few.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    fits = first.ndim == second.ndim == 2 and first.shape[1] == second.shape[1] > 0
    if not fits or min(len(first), len(second)) < least:
        raise ValueError(
            f"Expected two arrays (n, dims) and (m, dims) with {least} rows or more. "
            f"Received: shapes {first.shape} and {second.shape}"
        )
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("Expected finite features. Received: NaN or infinite values")
    return first, second


def squared_distances(
    first: np.ndarray, second: np.ndarray
) -> Iterator[tuple[slice, np.ndarray]]:
    """The squared Euclidean distances between all rows, some of them at a time.

    They are taken as |a|^2 - 2 ab + |b|^2, and are exact but for rounding: about 1e-15
    of the squared norms for float64.

    Args:
        first: `(n, dims)`.
        second: `(m, dims)`, of the same type.

    Yields:
        Which rows of `first`, and their distances to all of `second`, `(rows, m)`.
    """
    center = second.mean(axis=0)
    first, second = first - center, second - center
    norms = (second**2).sum(axis=1)
    for start in range(0, len(first), _ROWS):
        rows = slice(start, min(start + _ROWS, len(first)))
        block = first[rows]
        squares = (block**2).sum(axis=1)[:, None] + norms - 2.0 * (block @ second.T)
        yield rows, np.maximum(squares, 0.0, out=squares)
