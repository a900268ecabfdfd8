"""Importance sampling of log p(x) in bounded memory."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf

from vaezoo.models.conditional_networks import flat_layers
from vaezoo.models.rows import check_count
from vaezoo.objectives.decoded_samples import log_likelihoods
from vaezoo.random import Stream

if TYPE_CHECKING:
    from vaezoo.models.vae import VAE

# Images a batch at most: few samples must not mean thousands of images at once.
_MAX_IMAGES = 128
# Outputs of the decoder at a time: of some likelihoods, a pixel has hundreds.
_MAX_OUTPUTS = 2**25


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
        fitting = max(1, _MAX_OUTPUTS // model.likelihood.num_params)
        max_rows = min(int(max_rows), fitting)
        self.chunk = _even_chunk(self.num_samples, min(500, max_rows))
        self.images = max(1, min(_MAX_IMAGES, max_rows // self.chunk))

    def log_prob(
        self,
        x: np.ndarray,
        seeds: tf.Tensor,
        y: np.ndarray | None = None,
        progress: bool = False,
    ) -> np.ndarray:
        """The estimate for each image.

        Args:
            x: Checked images, `(n, height, width, channels)`.
            seeds: int64 `(n,)`.
            y: Checked conditions, `(n, ...)`, in conditional models.
            progress: Whether to show a progress bar.

        Returns:
            float32 `(n,)`, nats.
        """
        images = min(self.images, len(x))
        bar = keras.utils.Progbar(len(x), unit_name="image") if progress else None
        results = []
        for i in range(0, len(x), images):
            rows = np.arange(i, i + images).clip(max=len(x) - 1)  # one shape for XLA
            condition = None if y is None else tf.constant(y[rows])
            batch, batch_seeds = tf.constant(x[rows]), tf.gather(seeds, rows)
            results.append(self._log_mean_weight(batch, batch_seeds, condition))
            if bar:
                bar.update(min(i + images, len(x)))
        return np.concatenate(results)[: len(x)].astype(np.float32)

    def _log_mean_weight(
        self, x: tf.Tensor, seeds: tf.Tensor, y: tf.Tensor | None
    ) -> np.ndarray:
        target, params = self._graph("target_and_params", self._encode)(x, seeds, y)
        chunk = self._graph(("log_sum_weights", self.chunk), self._log_sum_weights)
        total = np.full(len(x), -np.inf)
        for start in range(0, self.num_samples, self.chunk):
            first = tf.constant(start)
            part = chunk(target, params, seeds, first, self.num_samples, y)
            total = np.logaddexp(total, part.numpy().astype(np.float64))
        return total - np.log(self.num_samples)

    def _encode(
        self, x: tf.Tensor, seeds: tf.Tensor, y: tf.Tensor | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        target = self.model.prepare_target(x, seeds)
        return target, self.model.encoder_outputs(target, y)

    def _log_sum_weights(
        self,
        target: tf.Tensor,
        params: tf.Tensor,
        seeds: tf.Tensor,
        start: tf.Tensor,
        num_samples: tf.Tensor,
        y: tf.Tensor | None,
    ) -> tf.Tensor:
        """The log of a chunk's sum of weights, without samples past `num_samples`."""
        log_weights = importance_log_weights(
            self.model, target, params, seeds, self.chunk, start, y
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
    y: tf.Tensor | None = None,
) -> tf.Tensor:
    """Log-weights log p(x|z_i) + log p(z_i) - log q(z_i|x), inside a graph.

    All three are given y in conditional models.

    Args:
        model: The VAE.
        target: float32 `(batch, height, width, channels)`, what the likelihood scores.
        params: The encoder's output for `target`.
        seeds: int64 `(batch,)`.
        count: How many samples an image.
        start: Number of the first.
        y: The condition, `(batch, ...)`, in conditional models.

    Returns:
        float32 `(count, batch)`, nats.
    """
    posterior = model.posterior(params)
    z = model.posterior.draw_many(posterior, seeds, Stream.IMPORTANCE, count, start)
    log_likelihood = log_likelihoods(model, target, z, y)
    return log_likelihood + model.prior_for(y).log_prob(z) - posterior.log_prob(z)


def _even_chunk(num_samples: int, limit: int) -> int:
    """The smallest chunk that takes no more rounds than `limit` would."""
    rounds = -(-num_samples // limit)
    return -(-num_samples // rounds)


def _has_convolution(model: "VAE") -> bool:
    """Whether one of the two networks has a convolution."""
    layers = [*flat_layers(model.encoder), *flat_layers(model.decoder)]
    return any("Conv" in type(layer).__name__ for layer in layers)
