"""Paths and grids between latent vectors."""

from typing import Any

import numpy as np

PATHS = ("spherical", "linear")


def interpolate(
    start: Any, end: Any, fractions: Any, path: str = "spherical"
) -> np.ndarray:
    """Latent vectors on the way from one to another.

    The linear path is the straight line. The spherical one goes around the origin: its
    direction turns at a constant rate (Shoemake 1985; White 2016, section 2.1). With a
    standard normal prior in many dimensions, the middle of a straight line lies nearer
    to the origin than nearly all draws, the middle of the arc does not. For vectors of
    the same or of opposite direction, or zero, where no arc is defined, it is the
    straight line.

    Args:
        start: `(..., latent_dim)`.
        end: `(..., latent_dim)`; the leading axes broadcast.
        fractions: How far along, `(steps,)`: 0 is the start, 1 the end.
        path: "spherical" or "linear".

    Returns:
        float64 `(..., steps, latent_dim)`.

    Example:
        >>> interpolate([2.0, 0.0], [0.0, 2.0], [0.5]).round(3).tolist()
        [[1.414, 1.414]]
    """
    start = np.asarray(start, np.float64)[..., None, :]
    end = np.asarray(end, np.float64)[..., None, :]
    t = np.asarray(fractions, np.float64)[:, None]
    if path == "linear":
        return (1.0 - t) * start + t * end
    angle = _angle(start, end)
    sine = np.sin(angle)
    arc = sine > 1e-6
    safe = np.where(arc, sine, 1.0)
    from_start = np.where(arc, np.sin((1.0 - t) * angle) / safe, 1.0 - t)
    from_end = np.where(arc, np.sin(t * angle) / safe, t)
    return from_start * start + from_end * end


def interpolated_grid(
    anchors: Any, between: int | tuple[int, int], path: str = "spherical"
) -> np.ndarray:
    """Fills the places between the anchors of a grid.

    First within the rows of anchors, then downwards between those rows.

    Args:
        anchors: `(rows, columns, latent_dim)`.
        between: How many vectors to put between neighbouring anchors; or how many
            downwards and how many across.
        path: "spherical" or "linear".

    Returns:
        float64, with `rows + (rows - 1) * between` rows, and columns likewise.
    """
    down, across = (between, between) if isinstance(between, int) else between
    rows = _fill(np.asarray(anchors, np.float64), across, path)
    return _fill(rows.swapaxes(0, 1), down, path).swapaxes(0, 1)


def analogy(a: Any, b: Any, c: Any) -> np.ndarray:
    """What is to c as b is to a: c + (b - a).

    Args:
        a: `(..., latent_dim)`.
        b: As `a`.
        c: As `a`.

    Returns:
        float64, as `a`.
    """
    a, b, c = (np.asarray(vectors, np.float64) for vectors in (a, b, c))
    return c + (b - a)


def _fill(anchors: np.ndarray, between: int, path: str) -> np.ndarray:
    """Along the second axis."""
    fractions = np.arange(between + 1) / (between + 1)
    filled = interpolate(anchors[:, :-1], anchors[:, 1:], fractions, path)
    rows, size = len(anchors), anchors.shape[-1]
    return np.concatenate([filled.reshape(rows, -1, size), anchors[:, -1:]], axis=1)


def _angle(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Angle between vectors in radians, accurate for small ones too; 0 for zero ones.

    Args:
        start: `(..., size)`.
        end: `(..., size)`.

    Returns:
        `(..., 1)`.
    """
    a, b = (v / np.maximum(_norm(v), 1e-300) for v in (start, end))
    zero = (_norm(start) == 0) | (_norm(end) == 0)
    return np.where(zero, 0.0, 2.0 * np.arctan2(_norm(a - b), _norm(a + b)))


def _norm(vectors: np.ndarray) -> np.ndarray:
    return np.linalg.norm(vectors, axis=-1, keepdims=True)
