"""A patch of the manifold around one image."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vaezoo.integers import check_count
from vaezoo.models import VAE
from vaezoo.plotting.arguments import check_choice
from vaezoo.plotting.codes import decoded, images_and_condition, latent_codes
from vaezoo.plotting.latent_paths import PATHS, interpolated_grid
from vaezoo.plotting.neighbor_grid import arrange_on_grid, nearest_codes
from vaezoo.plotting.pixel_figure import PixelFigure


def mine_grid(
    model: VAE,
    images: Any,
    center: int = 0,
    rows: int = 3,
    columns: int = 4,
    between: int = 2,
    path: str = "spherical",
    y: Any = None,
) -> Figure:
    """Shows a manifold interpolated neighbour embedding (White 2016, section 2.3).

    One image and those whose codes are nearest to its own are the anchors: they get
    places on a grid, near codes side by side, and the grid is filled by interpolation
    between them. All of it is decoded. It stays where the model has data, and shows
    how the model goes from one image to the next. The anchors have a frame.

    Args:
        model: The model.
        images: What the anchors are taken of, best images that the model was not
            trained on: uint8 or floats in [0, 1], `(n, height, width, channels)`.
        center: Index of the image around which they are.
        rows: Rows of anchors.
        columns: Columns of anchors.
        between: Interpolated images between neighbouring anchors.
        path: "spherical" or "linear", see `interpolate`.
        y: The condition, in conditional models: one an image, or a single one. Anchors
            are taken of the images that have the center's condition.

    Returns:
        A figure.

    Raises:
        ValueError: If images or condition do not fit the model, there are not enough of
            them, or a number or `path` is not as described.

    Example:
        >>> figure = mine_grid(model, images, center=0, rows=2, columns=2)
        >>> figure.savefig("mine.png")
    """
    rows = check_count("rows", rows, least=2)
    columns = check_count("columns", columns, least=2)
    between = check_count("between", between, least=0)
    center = check_count("center", center, least=0)
    path = check_choice("path", path, PATHS)
    images, y = images_and_condition(model, images, y)
    if y is not None and center < len(y):
        same = (y == y[center]).reshape(len(y), -1).all(axis=1)
        images, center, y = images[same], int(same[:center].sum()), y[same]
    codes = latent_codes(model, images, y)
    anchors = codes[nearest_codes(codes, center, rows * columns)]
    places = arrange_on_grid(anchors, rows, columns)
    z = interpolated_grid(anchors[places], between, path)
    shown = decoded(model, z, None if y is None else y[0])
    framed = np.zeros(z.shape[:2], bool)
    framed[:: between + 1, :: between + 1] = between > 0
    return PixelFigure(shown, z.shape[1], framed=np.flatnonzero(framed))
