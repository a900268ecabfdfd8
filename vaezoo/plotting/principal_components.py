"""The plane in which latent vectors, or other points, vary most."""

from typing import NamedTuple

import numpy as np


class PrincipalComponents(NamedTuple):
    """Latent vectors seen in a plane.

    Attributes:
        positions: `(n, 2)`; with a single latent dimension, the second is 0.
        share: Part of the codes' variance along each, `(2,)`.
    """

    positions: np.ndarray
    share: np.ndarray


def principal_components(
    codes: np.ndarray, points: np.ndarray | None = None
) -> PrincipalComponents:
    """Projects latent vectors on two principal components.

    The sign of a component is that of its largest entry.

    Args:
        codes: `(n, latent_dim)`.
        points: Whose principal components, `(m, latent_dim)`. Default: of the codes.

    Returns:
        The `PrincipalComponents`.
    """
    centered = codes - codes.mean(axis=0)
    points = codes if points is None else points
    spread = points - points.mean(axis=0)
    directions = np.linalg.svd(spread.T @ spread, hermitian=True)[2][:2]
    largest = np.abs(directions).argmax(axis=1)[:, None]
    directions = directions * np.sign(np.take_along_axis(directions, largest, axis=1))
    missing = 2 - len(directions)
    positions = np.pad(centered @ directions.T, ((0, 0), (0, missing)))
    share = positions.var(axis=0) / max(centered.var(axis=0).sum(), 1e-300)
    return PrincipalComponents(positions, share)
