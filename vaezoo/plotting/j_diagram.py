"""An analogy with everything between its images."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vaezoo.integers import check_count
from vaezoo.models import VAE
from vaezoo.plotting.analogy_grid import check_analogy
from vaezoo.plotting.arguments import check_choice
from vaezoo.plotting.codes import decoded, latent_codes
from vaezoo.plotting.latent_paths import PATHS, analogy, interpolated_grid
from vaezoo.plotting.mosaic import pixels
from vaezoo.plotting.pixel_figure import PixelFigure


def j_diagram(
    model: VAE,
    a: Any,
    b: Any,
    c: Any,
    rows: int = 5,
    columns: int = 7,
    path: str = "spherical",
    y: Any = None,
) -> Figure:
    """Shows the analogy a : b :: c : ? as a J-diagram (White 2016, section 2.2).

    The three images stand outside: a at the top left, b below it at the bottom left, c
    at the top right. Beside each is its reconstruction, in a corner of the grid; in the
    fourth corner, at the bottom right and framed, is the answer c + (b - a). The rest
    of the grid is interpolated between the corners.

    Args:
        model: The model.
        a: One image, uint8 or floats in [0, 1], `(1, height, width, channels)`.
        b: As a.
        c: As a.
        rows: Rows of the grid.
        columns: Columns of the grid, without the images outside.
        path: "spherical" or "linear", see `interpolate`.
        y: The condition of all, in conditional models.

    Returns:
        A figure.

    Raises:
        ValueError: If images or condition do not fit the model, there is more than one
            analogy, or `rows`, `columns` or `path` is not as described.

    Example:
        >>> figure = j_diagram(model, images[:1], images[1:2], images[2:3])
        >>> figure.savefig("j_diagram.png")
    """
    rows = check_count("rows", rows, least=2)
    columns = check_count("columns", columns, least=2)
    path = check_choice("path", path, PATHS)
    parts, y = check_analogy(model, a, b, c, y)
    if len(parts[0]) != 1:
        raise ValueError(
            "Expected one image for each of a, b and c. "
            f"Received: {len(parts[0])} images each"
        )
    a_code, b_code, c_code = (latent_codes(model, images, y) for images in parts)
    corners = [[a_code, c_code], [b_code, analogy(a_code, b_code, c_code)]]
    anchors = np.asarray(corners)[:, :, 0]
    z = interpolated_grid(anchors, (rows - 2, columns - 2), path)
    inside = decoded(model, z, None if y is None else y[0])
    shown = np.full((rows, columns + 2, *inside.shape[1:]), 255, np.uint8)
    shown[:, 1:-1] = inside.reshape(rows, columns, *inside.shape[1:])
    shown[0, 0], shown[-1, 0], shown[0, -1] = (pixels(images)[0] for images in parts)
    answer = (rows - 1) * (columns + 2) + columns
    names = ["a", *[""] * (rows - 2), "b"]
    labels = [*[""] * (columns + 1), "c"]
    cells = shown.reshape(-1, *inside.shape[1:])
    return PixelFigure(cells, columns + 2, names, labels, framed=[answer])
