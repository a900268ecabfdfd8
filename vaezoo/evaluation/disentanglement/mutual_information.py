"""Mutual information between binned codes and factors."""

from typing import Any

import numpy as np

from vaezoo.evaluation.disentanglement.arguments import check_codes_and_factors
from vaezoo.integers import check_count

BINS = 20
"""Bins of a code (Locatello et al. 2019)."""


def mutual_information(codes: Any, factors: Any, bins: int = BINS) -> np.ndarray:
    """Mutual information between each dimension of a code and each factor.

    Codes are put into bins of equal width over the range of each dimension; the
    mutual information is that of the counts, without a correction of its bias.

    Args:
        codes: `(n, dims)`.
        factors: Whole numbers, `(n, factors)`.
        bins: Number of bins of a dimension.

    Returns:
        float64 `(dims, factors)`, nats.

    Raises:
        ValueError: If codes or factors are not as described, or a factor never varies.

    Example:
        >>> factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        >>> mutual_information(factors, factors).round(3)
        array([[0.693, 0.   ],
               [0.   , 0.693]])
    """
    codes, factors = check_codes_and_factors(codes, factors)
    binned = discretize(codes, bins)
    return np.array(
        [[_mutual_information(code, factor) for factor in factors.T] for code in binned]
    )


def entropies(factors: np.ndarray) -> np.ndarray:
    """Entropy of each factor, in nats.

    Args:
        factors: Numbered from 0, `(n, factors)`.

    Returns:
        float64 `(factors,)`.
    """
    return np.array([_entropy(np.bincount(factor)) for factor in factors.T])


def discretize(codes: np.ndarray, bins: int = BINS) -> np.ndarray:
    """The bin of each code, of equal width over the range of each dimension.

    Args:
        codes: Floats `(n, dims)`.
        bins: Number of bins.

    Returns:
        int64 `(dims, n)`, from 0; a dimension that never varies is all in one bin.
    """
    bins = check_count("bins", bins, 2)
    return np.stack([_bins_of(column, bins) for column in codes.T])


def _bins_of(column: np.ndarray, bins: int) -> np.ndarray:
    low, high = column.min(), column.max()
    if low == high:
        return np.zeros(len(column), np.int64)
    edges = np.linspace(low, high, bins + 1, dtype=column.dtype)
    if (np.diff(edges) > 0.0).all():
        # The largest value falls into the last bin, not into one of its own.
        return np.digitize(column, edges[:-1]) - 1
    # A collapsed dimension may vary by a few units in the last place: bins narrower
    # than those tell all values apart.
    return np.unique(column, return_inverse=True)[1]


def _mutual_information(first: np.ndarray, second: np.ndarray) -> float:
    """Of two arrays of numbers from 0, `(n,)`."""
    rows, columns = int(first.max()) + 1, int(second.max()) + 1
    counts = np.bincount(first * columns + second, minlength=rows * columns)
    counts = counts.reshape(rows, columns)
    first_counts, second_counts = counts.sum(axis=1), counts.sum(axis=0)
    if min(np.count_nonzero(first_counts), np.count_nonzero(second_counts)) == 1:
        return 0.0  # exactly, which tells dead dimensions from others
    i, j = np.nonzero(counts)
    cells = counts[i, j]
    total = cells.sum()
    # Whole numbers up to the division: independent counts give exactly log 1.
    ratios = (cells * total) / (first_counts[i] * second_counts[j])
    return max(0.0, float((cells / total) @ np.log(ratios)))


def _entropy(counts: np.ndarray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares @ np.log(shares)))
