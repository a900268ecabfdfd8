"""The aggregate posterior q(z), the mean of q(z|x) over images, by its moments."""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.evaluation.scored_images import ScoredImages
from vaezoo.models import VAE
from vaezoo.models.rows import map_rows

tfd = tfp.distributions

_BATCH = 256
_DRAWS = 100_000


@dataclasses.dataclass(frozen=True, eq=False)
class AggregatePosterior:
    """The moments of q(z) over n images.

    Args:
        mean: `(latent_dim,)`.
        covariance: `(latent_dim, latent_dim)`: that of the posterior means, plus the
            mean covariance of the posteriors.
        kl: KL divergence in nats between the Gaussian of these moments and the prior:
            how far q(z) is from p(z), as far as mean and covariance tell. It is less
            than KL(q(z) || p(z)) under a Gaussian prior, see `kl_decomposition`.
        n: How many images.
    """

    mean: np.ndarray
    covariance: np.ndarray
    kl: float
    n: int

    @property
    def correlation(self) -> np.ndarray:
        """Correlation between the dimensions, `(latent_dim, latent_dim)`."""
        deviation = np.sqrt(np.diag(self.covariance))
        return self.covariance / np.outer(deviation, deviation)


def aggregate_posterior(
    model: VAE, images: Any, y: Any = None, seed: int = 0
) -> AggregatePosterior:
    """Measures mean and covariance of the codes of images, as q(z|x) spreads them.

    Args:
        model: The VAE; its prior may not depend on the condition.
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`; binarized
            once with NumPy's seed 777 for a binary likelihood.
        y: The condition of each image, in conditional models.
        seed: Seed of the draws for the KL divergence from a prior that is no Gaussian.

    Returns:
        The `AggregatePosterior`, whose moments are exact.

    Raises:
        ValueError: If images or conditions do not fit the model, it is no VAE, or its
            prior depends on the condition.
    """
    scored = ScoredImages.of(model, images, y)
    prior = model.prior  # an error if there is one for each condition

    def body(x: tf.Tensor, y: tf.Tensor | None = None) -> tuple[tf.Tensor, tf.Tensor]:
        posterior = model.infer(model.prepare(x), y)
        spread = tf.reduce_sum(_covariance(posterior), axis=0, keepdims=True)
        return posterior.mean(), spread

    graph = model.cached_graph("aggregate_posterior", body)
    means, spreads = map_rows(graph, _BATCH, scored.images, *scored.condition)
    means = means.numpy().astype(np.float64)
    spread = spreads.numpy().sum(axis=0, dtype=np.float64) / len(means)
    mean = means.mean(axis=0)
    covariance = (means - mean).T @ (means - mean) / len(means) + spread
    kl = _kl_of_gaussian(mean, covariance, prior, random.check_seed(seed))
    return AggregatePosterior(mean, covariance, kl, len(means))


def _covariance(posterior: tfd.Distribution) -> tf.Tensor:
    """`(batch, latent_dim, latent_dim)`."""
    try:
        return posterior.covariance()
    except NotImplementedError:
        return tf.linalg.diag(posterior.variance())  # independent dimensions


def _kl_of_gaussian(
    mean: np.ndarray, covariance: np.ndarray, prior: tfd.Distribution, seed: int
) -> float:
    """KL(N(mean, covariance) || prior), in nats."""
    size = len(mean)
    if isinstance(prior, tfd.MultivariateNormalLinearOperator):
        precision = np.linalg.inv(prior.covariance().numpy().astype(np.float64))
        away = mean - prior.mean().numpy()
        logs = np.linalg.slogdet(precision)[1] + np.linalg.slogdet(covariance)[1]
        trace = np.sum(precision * covariance)
        return float(0.5 * (trace + away @ precision @ away - size - logs))
    # -H(N) exactly, and the mean of log p by Monte Carlo.
    draws = np.random.default_rng(seed).standard_normal((_DRAWS, size))
    z = mean + draws @ np.linalg.cholesky(covariance).T
    log_prior = prior.log_prob(z.astype(np.float32)).numpy().mean(dtype=np.float64)
    log_det = np.linalg.slogdet(2.0 * np.pi * np.e * covariance)[1]
    return float(-0.5 * log_det - log_prior)
