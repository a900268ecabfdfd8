"""The way from one image to another through latent space."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vaezoo.integers import check_count
from vaezoo.models import VAE
from vaezoo.plotting.arguments import check_choice
from vaezoo.plotting.codes import (
    decoded,
    images_and_condition,
    latent_codes,
    repeat_rows,
)
from vaezoo.plotting.latent_paths import PATHS, interpolate
from vaezoo.plotting.mosaic import pixels
from vaezoo.plotting.pixel_figure import PixelFigure


def interpolation(
    model: VAE, start: Any, end: Any, steps: int = 9, path: str = "both", y: Any = None
) -> Figure:
    """Shows decoded images between the codes of two images, one pair a row.

    The images themselves stand at the left and the right of the row. See `interpolate`
    for the two paths.

    Args:
        model: The model.
        start: uint8 or floats in [0, 1], `(n, height, width, channels)`.
        end: As many.
        steps: Decoded images in a row, those of the two codes included.
        path: "spherical", "linear" or "both": then each pair has two rows.
        y: The condition, in conditional models: one a pair, or a single one; both
            images are encoded and all are decoded with it.

    Returns:
        A figure.

    Raises:
        ValueError: If images or condition do not fit the model or each other, or
            `steps` or `path` is not as described.

    Example:
        >>> figure = interpolation(model, images[:2], images[2:4])
        >>> figure.savefig("interpolation.png")
    """
    steps = check_count("steps", steps, least=2)
    path = check_choice("path", path, (*PATHS, "both"))
    start, condition = images_and_condition(model, start, y)
    end, _ = images_and_condition(model, end, y)
    if len(start) != len(end):
        raise ValueError(
            "Expected one image at the end of the way for each at its start. "
            f"Received: {len(start)} and {len(end)}"
        )
    first, last = (latent_codes(model, images, condition) for images in (start, end))
    fractions = np.arange(steps) / (steps - 1)
    paths = ("linear", "spherical") if path == "both" else (path,)
    z = np.stack([interpolate(first, last, fractions, name) for name in paths], axis=1)
    between = decoded(model, z, repeat_rows(condition, len(paths) * steps))
    rows = len(start) * len(paths)
    shown = np.concatenate(
        [
            pixels(start).repeat(len(paths), axis=0)[:, None],
            between.reshape(rows, steps, *between.shape[1:]),
            pixels(end).repeat(len(paths), axis=0)[:, None],
        ],
        axis=1,
    )
    labels = ["image", *(f"{fraction:.3g}" for fraction in fractions), "image"]
    names = list(paths) * len(start) if path == "both" else []
    return PixelFigure(shown.reshape(-1, *shown.shape[2:]), steps + 2, names, labels)
