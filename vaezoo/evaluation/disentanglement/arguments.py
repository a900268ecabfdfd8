"""Checks of codes and factors."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vaezoo.evaluation.representation import check_codes


def check_factors(
    factors: Any, count: int | None = None, names: Sequence[str] | None = None
) -> np.ndarray:
    """Checks ground-truth factors, any set of columns.

    Args:
        factors: Array-like of whole numbers, `(n, factors)`.
        count: How many rows there should be.
        names: What an error calls the columns; by default their numbers.

    Returns:
        int64 `(n, factors)`: each column numbered 0, 1, ... in the order of its values.

    Raises:
        ValueError: If it is no such array, or a factor never changes.
    """
    array = np.asarray(factors)
    if array.ndim != 2 or 0 in array.shape or array.dtype.kind not in "fiub":
        raise ValueError(
            "Expected factors of shape (n, factors), one column of whole numbers a "
            f"factor. Received: shape {array.shape}, dtype {array.dtype}"
        )
    if count is not None and len(array) != count:
        raise ValueError(
            f"Expected the factors of each of {count} images. Received: {len(array)}"
        )
    if array.dtype.kind == "f" and not (np.isfinite(array) & (array % 1 == 0)).all():
        raise ValueError(
            "Expected factors as whole numbers; number the values of a continuous one, "
            "as `np.unique(column, return_inverse=True)[1]` does. "
            f"Received: fractions, dtype {array.dtype}"
        )
    numbered = np.empty(array.shape, np.int64)
    for j, column in enumerate(array.T):
        values, numbers = np.unique(column, return_inverse=True)
        if len(values) < 2:
            raise ValueError(
                "Expected factors that vary; leave out those that do not. Received: "
                f"factor {j if names is None else repr(names[j])}, which is always "
                f"{values[0]}"
            )
        numbered[:, j] = numbers
    return numbered


def check_codes_and_factors(codes: Any, factors: Any) -> tuple[np.ndarray, np.ndarray]:
    """Checks codes and factors of the same images, see `check_factors`.

    Args:
        codes: `(n, dims)`.
        factors: `(n, factors)`.
    """
    codes = check_codes(codes)
    return codes, check_factors(factors, len(codes))
