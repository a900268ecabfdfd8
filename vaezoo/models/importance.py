"""Importance sampling of log p(x) in bounded memory."""

import functools
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from vaezoo.models.execution import is_dense
from vaezoo.models.in_parallel import CALLS, in_parallel
from vaezoo.models.network_size import bytes_a_row, runs_unchecked
from vaezoo.models.row_progress import row_progress
from vaezoo.models.rows import check_count
from vaezoo.models.shape_classes import padded
from vaezoo.objectives.decoded_samples import log_likelihoods, tiled
from vaezoo.random import Stream

if TYPE_CHECKING:
    from vaezoo.models.vae import VAE

MEMORY_LIMIT = 2**30
"""Bytes that the samples may take, unless told otherwise."""

# Images a batch at most: few samples must not mean thousands of images at once.
_MAX_IMAGES = 128
# Rows of the decoder's matrix from which on more gain nothing: of dense layers, whose
# products are fastest at this size, and of others, whose tensors leave the caches.
_DENSE_ROWS = 2000
_OTHER_ROWS = 500
# Samples an image at a time, where there are several images.
_CHUNK = 500


class ImportanceSampler:
    """Estimates log p(x) with k samples of q(z|x) an image.

    The samples of an image are taken in chunks; (images x samples of a chunk) form one
    matrix for the decoder, and the chunks are joined by log-sum-exp in float64. Two
    batches of images are under way at a time.

    Args:
        model: The VAE.
        num_samples: k.
        memory_limit: Bytes that the decoder's matrices may take, by estimate. Default:
            `MEMORY_LIMIT`.

    Attributes:
        chunk: Samples an image at a time.
        images: Images a batch, a power of two.

    Raises:
        ValueError: If a number is not a positive integer.
    """

    def __init__(
        self, model: "VAE", num_samples: int, memory_limit: int | None = None
    ) -> None:
        check_count("num_samples", num_samples)
        memory_limit = MEMORY_LIMIT if memory_limit is None else memory_limit
        check_count("memory_limit", memory_limit)
        self.model = model
        self.num_samples = int(num_samples)
        dense = is_dense(model.encoder, model.decoder)
        self._compiled = dense and runs_unchecked(model)
        best = _DENSE_ROWS if dense else _OTHER_ROWS
        fitting = max(1, int(memory_limit) // (CALLS * bytes_a_row(model)))
        self._max_rows = min(best, fitting)
        chunk = _even_chunk(self.num_samples, min(_CHUNK, self._max_rows))
        images = max(1, min(_MAX_IMAGES, self._max_rows // chunk))
        self._take(1 << (images.bit_length() - 1))

    def log_prob(
        self,
        x: np.ndarray,
        seeds: np.ndarray,
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
        if len(x) < self.images:
            # Few images: more samples of each at a time.
            self._take(1 << (len(x) - 1).bit_length())
        arrays = [x, np.asarray(seeds), *([] if y is None else [y])]
        done = row_progress(len(x), progress, "image")
        results = np.empty(len(x), np.float32)
        for stop, values in in_parallel(
            lambda stop: (stop, self._log_mean_weight(arrays, stop)),
            range(self.images, len(x) + self.images, self.images),
        ):
            rows = results[stop - self.images : stop]
            rows[:] = values[: len(rows)]
            done(min(stop, len(x)))
        return results

    def _take(self, images: int) -> None:
        self.images = images
        self.chunk = _even_chunk(self.num_samples, max(1, self._max_rows // images))

    def _log_mean_weight(self, arrays: list[np.ndarray], stop: int) -> np.ndarray:
        """The estimate for one batch of images, padded to the size of all batches."""
        start = stop - self.images
        x, seeds, *y = (
            tf.constant(padded(array[start:stop], self.images)) for array in arrays
        )
        target, params = self._encoded((x, seeds, *y))
        total = np.full(self.images, -np.inf)
        for first in range(0, self.num_samples, self.chunk):
            bounds = (tf.constant(first), tf.constant(self.num_samples))
            (part,) = self._summed((target, params, seeds, *bounds, *y))
            total = np.logaddexp(total, part.numpy().astype(np.float64))
        return total - np.log(self.num_samples)

    def _encoded(self, tensors: tuple[tf.Tensor, ...]) -> list[tf.Tensor]:
        graphs = self.model.cached_graphs("target_and_params", self._encode)
        return graphs(tensors)

    def _summed(self, tensors: tuple[tf.Tensor, ...]) -> list[tf.Tensor]:
        body = functools.partial(_log_sum_weights, self.model, self.chunk)
        graphs = self.model.cached_graphs(("log_sum_weights", self.chunk), body)
        return graphs(tensors, jit_compile=self._compiled)

    def _encode(
        self, x: tf.Tensor, seeds: tf.Tensor, y: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        target = self.model.prepare_target(x, seeds)
        return target, self.model.encoder_outputs(target, y)


def _log_sum_weights(
    model: "VAE",
    chunk: int,
    target: tf.Tensor,
    params: tf.Tensor,
    seeds: tf.Tensor,
    start: tf.Tensor,
    num_samples: tf.Tensor,
    y: tf.Tensor | None = None,
) -> tf.Tensor:
    """The log of a chunk's sum of weights, without samples past `num_samples`."""
    log_weights = importance_log_weights(model, target, params, seeds, chunk, start, y)
    counted = start + tf.range(chunk) < num_samples
    log_weights = tf.where(counted[:, None], log_weights, -np.inf)
    return tf.reduce_logsumexp(log_weights, axis=0)


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

    All three are given y in conditional models. They are for estimates, not for
    training: their gradient may be slow, or missing.

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
    if model.completes:
        log_likelihood = log_likelihoods(model, target, z, y)
    else:
        rows = tf.reshape(z, [-1, model.latent_dim])
        outputs = model.decoder_outputs(rows, None if y is None else tiled(y, count))
        log_likelihood = model.likelihood.log_prob_of_samples(outputs, target)
    return log_likelihood + model.prior_for(y).log_prob(z) - posterior.log_prob(z)


def _even_chunk(num_samples: int, limit: int) -> int:
    """The smallest chunk that takes no more rounds than `limit` would."""
    rounds = -(-num_samples // limit)
    return -(-num_samples // rounds)
