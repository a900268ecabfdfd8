"""A grid of images."""

import math
from typing import Any

from matplotlib.figure import Figure

from vaezoo.integers import check_count
from vaezoo.plotting.mosaic import pixels
from vaezoo.plotting.pixel_figure import PixelFigure


def sample_grid(images: Any, columns: int | None = None) -> Figure:
    """Shows images in rows and columns.

    Args:
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`, with 1 or 3
            channels.
        columns: Images in a row, at most. Default: as square a grid as can be.

    Returns:
        A figure.

    Raises:
        ValueError: If they are not images that can be shown, or `columns` is not a
            positive integer.

    Example:
        >>> figure = sample_grid(model.sample(64, seed=1))
        >>> figure.savefig("samples.png")
    """
    shown = pixels(images)
    if columns is None:
        columns = math.ceil(math.sqrt(len(shown)))
    return PixelFigure(shown, min(check_count("columns", columns, least=1), len(shown)))
