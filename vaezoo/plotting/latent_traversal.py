"""What each latent dimension does to an image."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vaezoo.integers import check_count
from vaezoo.models import VAE
from vaezoo.plotting.arguments import check_dimensions, check_positive
from vaezoo.plotting.codes import decoded
from vaezoo.plotting.latent_order import (
    decoder_effect,
    divergence,
    largest_first,
    prior_moments,
)
from vaezoo.plotting.pixel_figure import PixelFigure
from vaezoo.row_seeds import standardize_seeds

_ORIGINS = 8


def latent_traversal(
    model: VAE,
    dimensions: int | Sequence[int] = 10,
    steps: int = 9,
    span: float = 3.0,
    images: Any = None,
    seed: int = 0,
    y: Any = None,
) -> Figure:
    """Shows decoded images along latent dimensions, one dimension a row.

    All other dimensions stay at the origin of the traversal: the posterior mean of the
    first image if there are images, else the latent vector of the image
    `model.sample(1, seed=seed)`. Each row is labelled with the number of its dimension
    and, if there are images, with its KL in nats, and each column with the value in
    standard deviations of the prior.

    Args:
        model: The model.
        dimensions: Which dimensions, or how many: then the ones that carry the most,
            most first, by their KL over `images`, or without images by how much the
            decoder's output changes as the dimension moves by one standard deviation
            either way.
        steps: Images in a row.
        span: The values go from -span to span standard deviations of the prior.
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`.
        seed: Seed of the draws from the prior, where there are no images.
        y: The condition, in conditional models: one an image, or a single one. What is
            shown has the condition of the first image.

    Returns:
        A figure.

    Raises:
        ValueError: If images or condition do not fit the model, a dimension is not one
            of the model's, or a number is out of range.

    Example:
        >>> figure = latent_traversal(model, dimensions=5)
        >>> figure.savefig("traversal.png")
    """
    span = check_positive("span", span)
    steps = check_count("steps", steps, least=2)
    chosen = check_dimensions(dimensions, model.latent_dim)
    posterior = None if images is None else model.encode(images, y)
    if model.conditional:
        y = model.condition.check(y, _ORIGINS if images is None else len(images))
    means, stddevs = prior_moments(model, y)
    mean, stddev = means[0], stddevs[0]
    shown_y = None if y is None else y[0]
    if posterior is None:
        seeds = standardize_seeds(check_count("seed", seed, least=0), _ORIGINS)
        origins = model.draw_latents(seeds, y).numpy()
        kl = None
    else:
        origins = posterior.mean().numpy()
        kl = divergence(posterior, means, stddevs)
    if isinstance(chosen, int):
        worth = decoder_effect(model, origins, stddev, shown_y) if kl is None else kl
        chosen = largest_first(worth, chosen)
    # From integers: symmetric, and exactly 0 in the middle.
    values = span * np.arange(1 - steps, steps, 2) / (steps - 1)
    z = _walks(origins[0], chosen, mean[:, None] + stddev[:, None] * values)
    labels = [f"{value:+.3g}" if value else "0" for value in values]
    return PixelFigure(decoded(model, z, shown_y), steps, _names(chosen, kl), labels)


def _names(chosen: list[int], kl: np.ndarray | None) -> list[str]:
    if kl is None:
        return [f"z{i}" for i in chosen]
    return [f"z{i}  {kl[i]:.2f} nats" for i in chosen]


def _walks(origin: np.ndarray, chosen: list[int], values: np.ndarray) -> np.ndarray:
    """Latent vectors that differ from the origin in one dimension at a time.

    Args:
        origin: `(latent_dim,)`.
        chosen: The dimensions to vary.
        values: What each dimension takes, `(latent_dim, steps)`.

    Returns:
        `(dimensions * steps, latent_dim)`.
    """
    steps = values.shape[1]
    z = np.tile(origin, (len(chosen), steps, 1))
    for row, dimension in enumerate(chosen):
        z[row, :, dimension] = values[dimension]
    return z.reshape(-1, len(origin))
