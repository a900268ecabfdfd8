"""Images with more or less of an attribute."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vaezoo.models import VAE
from vaezoo.plotting.arguments import check_vectors
from vaezoo.plotting.codes import (
    decoded,
    images_and_condition,
    latent_codes,
    repeat_rows,
)
from vaezoo.plotting.mosaic import pixels
from vaezoo.plotting.pixel_figure import PixelFigure

WEIGHTS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)


def attribute_arithmetic(
    model: VAE,
    images: Any,
    direction: Any,
    weights: Sequence[float] = WEIGHTS,
    y: Any = None,
) -> Figure:
    """Shows decode(z + a * direction) for the code z of each image, one image a row.

    The image itself stands at the left of the row; each column is labelled with its a.

    Args:
        model: The model.
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`.
        direction: `(latent_dim,)`, such as `attribute_direction` gives.
        weights: The values of a.
        y: The condition, in conditional models: one an image, or a single one.

    Returns:
        A figure.

    Raises:
        ValueError: If images, condition or direction do not fit the model, or a number
            is not finite.

    Example:
        >>> codes = model.encode(images).mean().numpy()
        >>> has_attribute = np.arange(len(images)) % 2
        >>> direction = vaezoo.plotting.attribute_direction(codes, has_attribute)
        >>> figure = attribute_arithmetic(model, images[:5], direction)
        >>> figure.savefig("attribute.png")
    """
    direction = check_vectors("direction", direction, ndim=1)
    weights = check_vectors("weights", weights, ndim=1)
    if len(direction) != model.latent_dim:
        raise ValueError(
            f"Expected `direction` of shape ({model.latent_dim},). "
            f"Received: shape {direction.shape}"
        )
    images, y = images_and_condition(model, images, y)
    z = latent_codes(model, images, y)[:, None] + weights[:, None] * direction
    changed = decoded(model, z, repeat_rows(y, len(weights)))
    changed = changed.reshape(len(images), len(weights), *changed.shape[1:])
    shown = np.concatenate([pixels(images)[:, None], changed], axis=1)
    labels = ["image", *(f"{weight:+.3g}" if weight else "0" for weight in weights)]
    columns = len(labels)
    return PixelFigure(shown.reshape(-1, *shown.shape[2:]), columns, (), labels)
