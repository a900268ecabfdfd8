"""What each latent dimension does to an image."""

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vaezoo.models import VAE
from vaezoo.models.rows import standardize_seeds
from vaezoo.plotting.arguments import check_count
from vaezoo.plotting.mosaic import pixels
from vaezoo.plotting.pixel_figure import PixelFigure

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
    `model.sample(1, seed=seed)`. Each row is labelled with the number of its dimension,
    and each column with the value in standard deviations of the prior.

    Args:
        model: The model.
        dimensions: Which dimensions, or how many: then the ones that carry the most,
            by their KL over `images`, or without images by how much the decoder's
            output changes as the dimension moves by one standard deviation either way.
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
    _check_span(span)
    steps = check_count(steps, "steps", least=2)
    chosen = _check_dimensions(dimensions, model.latent_dim)
    posterior = None if images is None else model.encode(images, y)
    if model.conditional:
        y = model.condition.check(y, _ORIGINS if images is None else len(images))
    means, stddevs = _prior_moments(model, y)
    mean, stddev = means[0], stddevs[0]
    shown_y = None if y is None else y[0]
    if posterior is None:
        seeds = standardize_seeds(check_count(seed, "seed", least=0), _ORIGINS)
        origins = model.draw_latents(seeds, y).numpy()
    else:
        origins = posterior.mean().numpy()
    if isinstance(chosen, int):
        worth = (
            _decoder_effect(model, origins, stddev, shown_y)
            if posterior is None
            else _divergence(posterior, means, stddevs)
        )
        chosen = np.argsort(-worth, kind="stable")[:chosen].tolist()
    # From integers: symmetric, and exactly 0 in the middle.
    values = span * np.arange(1 - steps, steps, 2) / (steps - 1)
    z = _walks(origins[0], chosen, mean[:, None] + stddev[:, None] * values)
    shown = pixels(model.decode(z, shown_y).mean().numpy())
    labels = [f"{value:+.3g}" if value else "0" for value in values]
    return PixelFigure(shown, steps, [f"z{i}" for i in chosen], labels)


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


def _prior_moments(model: VAE, y: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of p(z|y), `(rows, latent_dim)`; of p(z), one row."""
    prior = model.prior_for(y)
    moments = prior.mean(), prior.stddev()
    mean, stddev = (np.atleast_2d(np.asarray(m, np.float64)) for m in moments)
    return mean, stddev


def _divergence(posterior: Any, mean: np.ndarray, stddev: np.ndarray) -> np.ndarray:
    """KL from the prior of each dimension's marginal, taken for Gaussian, in nats.

    Args:
        posterior: q(z|x), of batch shape `(n,)`.
        mean: The prior's, `(rows, latent_dim)`.
        stddev: The prior's, `(rows, latent_dim)`.

    Returns:
        Means over the batch, `(latent_dim,)`.
    """
    location = (np.asarray(posterior.mean(), np.float64) - mean) / stddev
    variance = (np.asarray(posterior.stddev(), np.float64) / stddev) ** 2
    return 0.5 * np.mean(location**2 + variance - 1.0 - np.log(variance), axis=0)


def _decoder_effect(
    model: VAE, origins: np.ndarray, stddev: np.ndarray, y: np.ndarray | None
) -> np.ndarray:
    """How much each dimension changes the mean image.

    Args:
        model: The model.
        origins: Where to look, `(n, latent_dim)`.
        stddev: How far to go either way, `(latent_dim,)`.
        y: The condition of all, in conditional models.

    Returns:
        Mean squared difference of pixels, `(latent_dim,)`.
    """
    moves = np.diag(stddev)[:, None, None] * np.array([-1.0, 1.0])[:, None, None]
    z = (origins + moves).reshape(-1, len(stddev))
    decoded = model.decode(z, y).mean().numpy()
    low, high = decoded.reshape(len(stddev), 2, len(origins), -1).swapaxes(0, 1)
    return np.mean((high - low) ** 2, axis=(1, 2))


def _check_span(span: float) -> None:
    number = isinstance(span, numbers.Real) and not isinstance(span, bool)
    if not number or not 0 < span < np.inf:
        raise ValueError(
            f"Expected `span` to be a positive number. Received: span={span!r}"
        )


def _check_dimensions(
    dimensions: int | Sequence[int], latent_dim: int
) -> int | list[int]:
    if np.ndim(dimensions) == 0:
        return min(check_count(dimensions, "dimensions"), latent_dim)
    array = np.asarray(dimensions)
    integers = array.ndim == 1 and np.issubdtype(array.dtype, np.integer)
    if not integers or not array.size or array.min() < 0 or array.max() >= latent_dim:
        raise ValueError(
            f"Expected `dimensions` to be a number of dimensions, or integers from 0 "
            f"to {latent_dim - 1}. Received: dimensions={dimensions!r}"
        )
    return array.tolist()
