"""Improved precision and recall of generated samples."""

from typing import Any, NamedTuple

import numpy as np

from vaezoo.evaluation.feature_arrays import check_features, squared_distances
from vaezoo.integers import check_count

NEIGHBORS = 3
"""Neighbours that span the manifold, as in the paper."""


class PrecisionRecall(NamedTuple):
    """Shares from 0 to 1.

    Attributes:
        precision: Share of the generated that lie among the real: their quality.
        recall: Share of the real that lie among the generated: their variety.
    """

    precision: float
    recall: float


def precision_recall(
    real: Any, generated: Any, neighbors: int = NEIGHBORS
) -> PrecisionRecall:
    """Improved precision and recall.

    A set's manifold is the union of balls around its rows, each of which reaches to
    the row's k-th neighbour in the set. Both numbers depend on k and on how many rows
    there are.

    Args:
        real: Features of real images, `(n, dims)`.
        generated: Features of generated images, `(m, dims)`.
        neighbors: k.

    Returns:
        The `PrecisionRecall`.

    Raises:
        ValueError: If they are not two finite arrays of as many dimensions, each with
            more than k rows.

    Reference:
        Kynkäänniemi et al., "Improved precision and recall metric for assessing
        generative models", NeurIPS 2019.
    """
    neighbors = check_count("neighbors", neighbors, least=1)
    real, generated = check_features(real, generated, least=neighbors + 1)
    return PrecisionRecall(
        precision=_share_inside(generated, real, neighbors),
        recall=_share_inside(real, generated, neighbors),
    )


def _share_inside(points: np.ndarray, manifold: np.ndarray, neighbors: int) -> float:
    """The share of points within one of the manifold's balls."""
    radii = _squared_radii(manifold, neighbors)
    # A point of the manifold is inside it, also where rounding says 1e-13.
    norm = ((manifold - manifold.mean(axis=0)) ** 2).sum(axis=1).max()
    radii += 64.0 * np.finfo(np.float64).eps * norm
    inside = sum(
        int((squares <= radii).any(axis=1).sum())
        for _, squares in squared_distances(points, manifold)
    )
    return inside / len(points)


def _squared_radii(points: np.ndarray, neighbors: int) -> np.ndarray:
    """The squared distance of each point to its k-th neighbour, `(n,)`."""
    radii = np.empty(len(points))
    for rows, squares in squared_distances(points, points):
        own = np.arange(rows.start, rows.stop)
        squares[own - rows.start, own] = np.inf  # no point is its own neighbour
        radii[rows] = np.partition(squares, neighbors - 1, axis=1)[:, neighbors - 1]
    return radii
