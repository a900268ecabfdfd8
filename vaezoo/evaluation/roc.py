"""The area under the ROC curve, exact with ties."""

from typing import Any

import numpy as np


def auroc(inside: Any, outside: Any) -> tuple[float, float | None]:
    """The chance that something outside scores higher than something inside.

    The area under the ROC curve of a detector that takes high scores for outside: the
    share of pairs in the right order, where a tie counts half.

    Args:
        inside: Scores of what should score low, `(n,)`.
        outside: Scores of what should score high, `(m,)`.

    Returns:
        The area, in [0, 1], and its standard error (DeLong et al. 1988); None for less
        than two scores on either side.

    Raises:
        ValueError: If scores are not one-dimensional, empty, or NaN.

    Example:
        >>> auroc([0.1, 0.4], [0.4, 0.9])[0]
        0.875
    """
    inside, outside = _check("inside", inside), _check("outside", outside)
    # For each score, the share of the other side that it is in the right order with.
    above = _share_below(outside, inside)
    below = 1.0 - _share_below(inside, outside)
    area = float(above.mean())
    if min(len(inside), len(outside)) < 2:
        return area, None
    variance = above.var(ddof=1) / len(outside) + below.var(ddof=1) / len(inside)
    return area, float(np.sqrt(variance))


def _share_below(scores: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Share of the others below each score, equal ones counted half."""
    others = np.sort(others)
    less = np.searchsorted(others, scores, side="left")
    less_or_equal = np.searchsorted(others, scores, side="right")
    return (less + less_or_equal) / (2.0 * len(others))


def _check(name: str, scores: Any) -> np.ndarray:
    array = np.asarray(scores, np.float64)
    if array.ndim != 1 or not array.size or np.isnan(array).any():
        raise ValueError(
            f"Expected `{name}` to be scores of shape (n,), none of them NaN. "
            f"Received: shape {array.shape}"
            + (", with NaN" if np.isnan(array).any() else "")
        )
    return array
