"""Shrinking images by area averaging."""

import numpy as np


def shrink(images: np.ndarray, height: int, width: int) -> np.ndarray:
    """Shrinks images; each new pixel is the mean over the area that it covers.

    Args:
        images: (n, old height, old width, channels) uint8.
        height: New height, at most the old one.
        width: New width, at most the old one.

    Returns:
        (n, height, width, channels) uint8, rounded to the nearest value.

    Raises:
        ValueError: If the new size is larger than the old one.
    """
    rows, columns = images.shape[1:3]
    if not (1 <= height <= rows and 1 <= width <= columns):
        raise ValueError(
            f"Expected a size of at least 1 and at most {rows}x{columns} pixels. "
            f"Received: {height}x{width}"
        )
    # Whole-number weights (overlaps in units of 1 / new size) keep the sums exact.
    vertical = _overlaps(rows, height)
    horizontal = _overlaps(columns, width)
    sums = np.einsum(
        "hr,nrwc->nhwc", vertical, images.astype(np.float64), optimize=True
    )
    sums = np.einsum("wk,nhkc->nhwc", horizontal, sums, optimize=True)
    return np.rint(sums / (rows * columns)).astype(np.uint8)


def _overlaps(old: int, new: int) -> np.ndarray:
    """Returns the overlap of each new pixel with each old one, (new, old)."""
    new_edges = np.arange(new + 1) * old
    old_edges = np.arange(old + 1) * new
    low = np.maximum(new_edges[:-1, None], old_edges[None, :-1])
    high = np.minimum(new_edges[1:, None], old_edges[None, 1:])
    return np.maximum(high - low, 0).astype(np.float64)
