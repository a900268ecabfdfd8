"""What the decoder makes of a plane of the latent space."""

import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vaezoo.integers import check_count
from vaezoo.models import VAE
from vaezoo.plotting.arguments import check_plane
from vaezoo.plotting.codes import decoded, images_and_condition
from vaezoo.plotting.latent_order import (
    decoder_effect,
    divergence,
    largest_first,
    prior_moments,
)
from vaezoo.plotting.pixel_figure import PixelFigure


def manifold(
    model: VAE,
    dimensions: Sequence[int] | None = None,
    size: int = 20,
    images: Any = None,
    y: Any = None,
) -> Figure:
    """Shows decoded images over a plane of two latent dimensions.

    The grid is even in probability: coordinates are the prior's quantiles (taken for
    Gaussian) at (i + 1/2) / size, so each image stands for as much of the prior as any
    other (Kingma & Welling 2014, figure 4). The first dimension runs to the right, the
    second upwards; both are labelled in standard deviations of the prior.

    A model with more than two latent dimensions is cut along a plane: all others stay
    at the posterior mean of the first image if there are images, else at the prior's
    mean.

    Args:
        model: The model.
        dimensions: The two dimensions. Default: in a larger latent space the two that
            carry the most, by their KL over `images`, or without images by how much
            the decoder's output changes around the prior's mean.
        size: Images a side.
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`.
        y: The condition, in conditional models: one an image, or a single one. What is
            shown has the condition of the first image.

    Returns:
        A figure.

    Raises:
        ValueError: If images or condition do not fit the model, it has a single latent
            dimension, `dimensions` are not two of them, or `size` is less than 2.

    Example:
        >>> figure = manifold(model, size=15)
        >>> figure.savefig("manifold.png")
    """
    size = check_count("size", size, least=2)
    if model.latent_dim < 2:
        raise ValueError(
            "Expected a model with two or more latent dimensions. "
            f"Received: latent_dim={model.latent_dim}"
        )
    if dimensions is not None:
        dimensions = check_plane(dimensions, model.latent_dim)
    if images is not None:
        images, y = images_and_condition(model, images, y)
    elif model.conditional:
        y = model.condition.check(y)
    origin, mean, stddev, most_used = _plane(model, images, y)
    across, up = dimensions or most_used
    normal = statistics.NormalDist()
    values = np.array([normal.inv_cdf((i + 0.5) / size) for i in range(size)])
    z = np.tile(origin, (size, size, 1))
    z[:, :, across] = mean[across] + stddev[across] * values
    z[:, :, up] = (mean[up] + stddev[up] * values[::-1])[:, None]
    shown = decoded(model, z, None if y is None else y[0])
    labels = [f"{value:+.2f}" if abs(value) > 1e-9 else "0" for value in values]
    return PixelFigure(shown, size, labels[::-1], labels, f"z{up}", f"z{across}")


def _plane(
    model: VAE, images: np.ndarray | None, y: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[int]]:
    """Origin, the prior's mean and deviation there, and the two dimensions to vary."""
    means, stddevs = prior_moments(model, y)
    mean, stddev = means[0], stddevs[0]
    if images is None:
        shown_y = None if y is None else y[0]
        worth = decoder_effect(model, mean[None], stddev, shown_y)
        origin = mean
    else:
        posterior = model.encode(images, y)
        worth = divergence(posterior, means, stddevs)
        origin = posterior.mean().numpy()[0].astype(np.float64)
    if model.latent_dim == 2:
        return origin, mean, stddev, [0, 1]
    return origin, mean, stddev, largest_first(worth, 2)
