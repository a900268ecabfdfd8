"""a is to b as c is to what?"""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vaezoo.models import VAE
from vaezoo.plotting.codes import decoded, images_and_condition, latent_codes
from vaezoo.plotting.latent_paths import analogy
from vaezoo.plotting.mosaic import pixels
from vaezoo.plotting.pixel_figure import PixelFigure


def analogy_grid(model: VAE, a: Any, b: Any, c: Any, y: Any = None) -> Figure:
    """Shows a : b :: c : ?, one analogy a row.

    The answer, at the right, is the decoded code c + (b - a); the three images are
    shown as they are.

    Args:
        model: The model.
        a: uint8 or floats in [0, 1], `(n, height, width, channels)`.
        b: As many.
        c: As many.
        y: The condition, in conditional models: one an analogy, or a single one, of all
            its images.

    Returns:
        A figure.

    Raises:
        ValueError: If images or condition do not fit the model or each other.

    Example:
        >>> figure = analogy_grid(model, images[:1], images[1:2], images[2:3])
        >>> figure.savefig("analogies.png")
    """
    parts, y = check_analogy(model, a, b, c, y)
    codes = (latent_codes(model, images, y) for images in parts)
    answers = decoded(model, analogy(*codes), y)
    shown = np.stack([*(pixels(images) for images in parts), answers], axis=1)
    labels = ["a", "b", "c", "c + b - a"]
    return PixelFigure(shown.reshape(-1, *shown.shape[2:]), 4, (), labels)


def check_analogy(
    model: VAE, a: Any, b: Any, c: Any, y: Any
) -> tuple[list[np.ndarray], np.ndarray | None]:
    """The three parts of analogies, and the condition of each or None.

    Raises:
        ValueError: If they do not fit the model or each other.
    """
    parts = [images_and_condition(model, images, y) for images in (a, b, c)]
    lengths = [len(images) for images, _ in parts]
    if len(set(lengths)) > 1:
        raise ValueError(
            "Expected as many images in each part of the analogies. "
            f"Received: {', '.join(map(str, lengths))}"
        )
    return [images for images, _ in parts], parts[0][1]
