"""Which latent dimensions matter most."""

from typing import Any

import numpy as np

from vaezoo.models import VAE

_DRAWS = 10_000


def prior_moments(model: VAE, y: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of p(z|y), `(rows, latent_dim)`; of p(z), one row.

    Those of 10,000 draws where there is no closed form, as for a normalizing flow.
    """
    prior = model.prior_for(y)
    try:
        moments = prior.mean(), prior.stddev()
    except NotImplementedError:
        z = prior.sample(_DRAWS, seed=(0, 0)).numpy()
        moments = z.mean(axis=0), z.std(axis=0)
    mean, stddev = (np.atleast_2d(np.asarray(m, np.float64)) for m in moments)
    return mean, stddev


def divergence(posterior: Any, mean: np.ndarray, stddev: np.ndarray) -> np.ndarray:
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


def decoder_effect(
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
    images = model.decode(z, y).mean().numpy()
    low, high = images.reshape(len(stddev), 2, len(origins), -1).swapaxes(0, 1)
    return np.mean((high - low) ** 2, axis=(1, 2))


def largest_first(worth: np.ndarray, count: int) -> list[int]:
    """The dimensions of largest worth, `count` of them."""
    return np.argsort(-worth, kind="stable")[:count].tolist()
