"""Many images as one array of pixels."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vaezoo.images import check_images

GAP = 2
_BACKGROUND = np.uint8(255)
_FRAME = np.array([230, 97, 1], np.uint8)


def pixels(images: Any) -> np.ndarray:
    """Images as red, green and blue.

    Args:
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`, with 1 or 3
            channels.

    Returns:
        uint8 `(n, height, width, 3)`.

    Raises:
        ValueError: If they are not images, or have another number of channels.
    """
    images = check_images(images)
    if images.shape[-1] not in (1, 3):
        raise ValueError(
            "Expected images with 1 or 3 channels, to be shown in grey or in colour. "
            f"Received: shape {images.shape}"
        )
    if images.dtype != np.uint8:
        images = np.rint(images * 255.0).astype(np.uint8)
    return np.broadcast_to(images, (*images.shape[:3], 3))


def mosaic(
    images: np.ndarray, columns: int, framed: Sequence[int] | np.ndarray = ()
) -> np.ndarray:
    """Tiles images row by row, with a gap around each; missing ones stay blank.

    Args:
        images: uint8 `(n, height, width, 3)`.
        columns: Images in a row.
        framed: Indices of the images with a frame, one pixel wide, in the gap.

    Returns:
        uint8 `(rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, 3)`.
    """
    count, height, width, _ = images.shape
    rows = -(-count // columns)
    cells = np.full((rows * columns, height + GAP, width + GAP, 3), _BACKGROUND)
    cells[:count, GAP:, GAP:] = images
    grid = cells.reshape(rows, columns, height + GAP, width + GAP, 3)
    grid = grid.swapaxes(1, 2).reshape(
        rows * (height + GAP), columns * (width + GAP), 3
    )
    grid = np.pad(grid, ((0, GAP), (0, GAP), (0, 0)), constant_values=_BACKGROUND)
    for index in framed:
        row, column = divmod(int(index), columns)
        top, left = GAP + row * (height + GAP), GAP + column * (width + GAP)
        grid[[top - 1, top + height], left - 1 : left + width + 1] = _FRAME
        grid[top - 1 : top + height + 1, [left - 1, left + width]] = _FRAME
    return grid
