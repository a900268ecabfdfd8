"""Modularity: is each dimension of the code about one factor?"""

from typing import Any

import numpy as np

from vaezoo.evaluation.disentanglement.mutual_information import (
    BINS,
    mutual_information,
)


def modularity(codes: Any, factors: Any, bins: int = BINS) -> float:
    """The modularity of a code.

    For each dimension, 1 minus the sum of squared mutual information with all factors
    but the one it tells most of, over what it would be if it told as much of each
    of them; the mean over dimensions. A dimension that tells nothing counts as 0.

    Args:
        codes: `(n, dims)`, 10,000 of them in Locatello et al. 2019.
        factors: Whole numbers, `(n, factors)`.
        bins: Number of bins of a dimension, of equal width.

    Returns:
        In [0, 1]; nan for one factor, which has no others.

    Raises:
        ValueError: If codes or factors are not as described, or a factor never varies.

    Reference:
        Ridgeway & Mozer 2018, "Learning Deep Disentangled Embeddings with the
        F-Statistic Loss", section 3; dead dimensions as in Locatello et al. 2019.
    """
    return modularity_of(mutual_information(codes, factors, bins))


def modularity_of(information: np.ndarray) -> float:
    """The modularity of a matrix of mutual information.

    Args:
        information: Of dimensions and factors, `(dims, factors)`.
    """
    factors = information.shape[1]
    if factors < 2:
        return float("nan")
    squares = np.square(information)
    largest = squares.max(axis=1)
    alive = largest > 0.0
    others = squares[alive].sum(axis=1) - largest[alive]
    scores = np.zeros(len(squares))
    scores[alive] = 1.0 - others / (largest[alive] * (factors - 1))
    return float(scores.mean())
