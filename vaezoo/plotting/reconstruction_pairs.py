"""Images above their reconstructions."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vaezoo.integers import check_count
from vaezoo.plotting.mosaic import pixels
from vaezoo.plotting.pixel_figure import PixelFigure


def reconstruction_pairs(
    images: Any, reconstructions: Any, columns: int = 10
) -> Figure:
    """Shows each image with its reconstruction below it.

    Args:
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`, with 1 or 3
            channels.
        reconstructions: As many, of the same shape.
        columns: Pairs in a row, at most.

    Returns:
        A figure.

    Raises:
        ValueError: If they are not images that can be shown, the shapes differ, or
            `columns` is not a positive integer.

    Example:
        >>> figure = reconstruction_pairs(images, model.reconstruct(images))
        >>> figure.savefig("reconstructions.png")
    """
    above, below = pixels(images), pixels(reconstructions)
    if above.shape != below.shape:
        raise ValueError(
            "Expected one reconstruction for each image, of the same size. Received: "
            f"images of shape {np.shape(images)}, reconstructions of shape "
            f"{np.shape(reconstructions)}"
        )
    columns = min(check_count("columns", columns, least=1), len(above))
    bands = range(0, len(above), columns)
    rows = [
        _row(part[i : i + columns], columns) for i in bands for part in (above, below)
    ]
    labels = ["image", "reconstruction"] * len(bands)
    return PixelFigure(np.concatenate(rows), columns, labels)


def _row(images: np.ndarray, columns: int) -> np.ndarray:
    blank = np.full((columns - len(images), *images.shape[1:]), 255, np.uint8)
    return np.concatenate([images, blank])
