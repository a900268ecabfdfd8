"""Importance sampling of log p(x) in bounded memory."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf

from vaezoo.models.rows import check_count
from vaezoo.random import Stream

if TYPE_CHECKING:
    from vaezoo.models.vae import VAE

# Images a batch at most: few samples must not mean thousands of images at once.
_MAX_IMAGES = 128


class ImportanceSampler:
    """Estimates log p(x) with k samples of q(z|x) an image.

    The samples of an image are taken in chunks; (images x samples of a chunk) form one
    matrix for the decoder, and the chunks are joined by log-sum-exp in float64.

    Args:
        model: The VAE.
        num_samples: k.
        max_rows: Latent vectors decoded at a time.

    Raises:
        ValueError: If a number is not a positive integer.
    """

    def __init__(self, model: "VAE", num_samples: int, max_rows: int = 4000) -> None:
        for name, value in (("num_samples", num_samples), ("max_rows", max_rows)):
            check_count(name, value)
        self.model = model
        self.num_samples = int(num_samples)
        self.chunk = _even_chunk(self.num_samples, min(500, int(max_rows)))
        self.images = max(1, min(_MAX_IMAGES, int(max_rows) // self.chunk))

    def log_prob(
        self, x: np.ndarray, seeds: tf.Tensor, progress: bool = False
    ) -> np.ndarray:
        """The estimate for each image.

        Args:
            x: Checked images, `(n, height, width, channels)`.
            seeds: int64 `(n,)`.
            progress: Whether to show a progress bar.

        Returns:
            float32 `(n,)`, nats.
        """
        images = min(self.images, len(x))
        bar = keras.utils.Progbar(len(x), unit_name="image") if progress else None
        results = []
        for i in range(0, len(x), images):
            rows = np.arange(i, i + images).clip(max=len(x) - 1)  # one shape for XLA
            batch, batch_seeds = tf.constant(x[rows]), tf.gather(seeds, rows)
            results.append(self._log_mean_weight(batch, batch_seeds))
            if bar:
                bar.update(min(i + images, len(x)))
        return np.concatenate(results)[: len(x)].astype(np.float32)

    def _log_mean_weight(self, x: tf.Tensor, seeds: tf.Tensor) -> np.ndarray:
        target, params = self._graph("target_and_params", self._encode)(x, seeds)
        chunk = self._graph(("log_sum_weights", self.chunk), self._log_sum_weights)
        total = np.full(len(x), -np.inf)
        for start in range(0, self.num_samples, self.chunk):
            part = chunk(target, params, seeds, tf.constant(start), self.num_samples)
            total = np.logaddexp(total, part.numpy().astype(np.float64))
        return total - np.log(self.num_samples)

    def _encode(self, x: tf.Tensor, seeds: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        target = self.model.prepare_target(x, seeds)
        return target, self.model.encoder(target, training=False)

    def _log_sum_weights(
        self,
        target: tf.Tensor,
        params: tf.Tensor,
        seeds: tf.Tensor,
        start: tf.Tensor,
        num_samples: tf.Tensor,
    ) -> tf.Tensor:
        """The log of a chunk's sum of weights, without samples past `num_samples`."""
        log_weights = importance_log_weights(
            self.model, target, params, seeds, self.chunk, start
        )
        counted = start + tf.range(self.chunk) < num_samples
        log_weights = tf.where(counted[:, None], log_weights, -np.inf)
        return tf.reduce_logsumexp(log_weights, axis=0)

    def _graph(self, key: object, body: Callable) -> Callable:
        # On a CPU, XLA makes dense networks faster and convolutions slower.
        return self.model.cached_graph(key, body, not _has_convolution(self.model))


def importance_log_weights(
    model: "VAE",
    target: tf.Tensor,
    params: tf.Tensor,
    seeds: tf.Tensor,
    count: int,
    start: int | tf.Tensor = 0,
) -> tf.Tensor:
    """Log-weights log p(x|z_i) + log p(z_i) - log q(z_i|x), inside a graph.

    Args:
        model: The VAE.
        target: float32 `(batch, height, width, channels)`, what the likelihood scores.
        params: The encoder's output for `target`.
        seeds: int64 `(batch,)`.
        count: How many samples an image.
        start: Number of the first.

    Returns:
        float32 `(count, batch)`, nats.
    """
    posterior = model.posterior(params)
    z = model.posterior.draw_many(posterior, seeds, Stream.IMPORTANCE, count, start)
    likelihood = model.generate(tf.reshape(z, [-1, model.latent_dim]))
    # One matrix for the decoder, (samples x images) apart again for the densities.
    batch = tf.shape(target)[0]
    tiled = tf.tile(target, [count, 1, 1, 1])
    log_likelihood = model.likelihood.log_prob(likelihood, tiled)
    log_likelihood = tf.reshape(log_likelihood, [count, batch])
    return log_likelihood + model.prior.log_prob(z) - posterior.log_prob(z)


def _even_chunk(num_samples: int, limit: int) -> int:
    """The smallest chunk that takes no more rounds than `limit` would."""
    rounds = -(-num_samples // limit)
    return -(-num_samples // rounds)


def _has_convolution(model: "VAE") -> bool:
    """Whether one of the two networks has a convolution."""
    layers = [*model.encoder.layers, *model.decoder.layers]
    return any("Conv" in type(layer).__name__ for layer in layers)
