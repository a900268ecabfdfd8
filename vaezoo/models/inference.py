"""What one does with a trained VAE beyond decoding: encode, sample, measure."""

import contextlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.models.decoding import symbolic
from vaezoo.models.importance import ImportanceSampler
from vaezoo.objectives import Terms
from vaezoo.row_seeds import standardize_seeds

tfd = tfp.distributions


class InferenceVerbs:
    """The verbs that need densities, each traced for a few classes of batch sizes only.

    Arrays go in and come out; long ones pass through in batches, in memory that does
    not grow with them. Inside a `tf.function`, use `infer`, `generate`, `terms` or the
    model itself.
    """

    def encode(self, x: Any, y: Any = None, progress: bool = False) -> tfd.Distribution:
        """The posterior q(z|x).

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`.
            y: The condition, in conditional models.
            progress: Whether to show a progress bar, in images.

        Returns:
            A `tfd.Distribution` of batch shape `(n,)`.

        Raises:
            ValueError: If the images or the condition do not fit the model.
        """
        if symbolic(x):
            return self.infer(self.prepare(x), y)
        arrays = self._check_rows(x, y)
        verb = self._verb("encoding", self._encoding, fuse=False)
        params, *moments = verb.tensors(*arrays, progress=progress)
        known = dict(zip(self._traced.moments, moments, strict=True))
        return self._deferred(self.posterior, params, **known)

    def sample(
        self,
        n: int | None = None,
        seed: int | Sequence[int] | None = None,
        y: Any = None,
        progress: bool = False,
    ) -> np.ndarray:
        """New images: the likelihood's mean for latent vectors drawn from the prior.

        Args:
            n: How many; by default one for each seed of a sequence, or for each
                condition.
            seed: An integer, or one integer an image: image i then depends on `seed[i]`
                alone, as in an exported model. Fresh images at every call by default.
            y: The condition, in conditional models: one an image, or one for all.
            progress: Whether to show a progress bar, in images.

        Returns:
            float32 `(n, height, width, channels)`, in [0, 1].

        Raises:
            ValueError: If the condition does not fit the model, or `n` is not a
                positive integer or does not fit `seed`.
        """
        condition = self._check_condition(y, None)
        if condition and n is None and np.ndim(seed) == 0:
            n = len(condition[0])
        seeds = standardize_seeds(seed, n)
        condition = self._check_condition(y, len(seeds))
        verb = self._verb("sampling", self._sampling)
        return verb.arrays(seeds, *condition, progress=progress)[0]

    def elbo(
        self,
        x: Any,
        seed: int | Sequence[int] | None = None,
        y: Any = None,
        progress: bool = False,
    ) -> np.ndarray:
        """The evidence lower bound, estimated with one sample of the posterior.

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`. For a binary
                likelihood, values between 0 and 1 are binarized with the seed.
            seed: An integer, or one integer a row. Fresh noise by default.
            y: The condition, in conditional models.
            progress: Whether to show a progress bar, in images.

        Returns:
            float32 `(n,)`, nats.

        Raises:
            ValueError: If the images or the condition do not fit the model.
        """
        return self.elbo_terms(x, seed, y, progress).elbo

    def elbo_terms(
        self,
        x: Any,
        seed: int | Sequence[int] | None = None,
        y: Any = None,
        progress: bool = False,
    ) -> Terms:
        """The bound of `elbo` with its two terms, and the loss of the objective.

        Args:
            x: As for `elbo`.
            seed: As for `elbo`.
            y: The condition, in conditional models.
            progress: Whether to show a progress bar, in images.

        Returns:
            `Terms` of float32 arrays `(n,)`, nats.

        Raises:
            ValueError: If the images or the condition do not fit the model.
        """
        x, *condition = self._check_rows(x, y)
        seeds = standardize_seeds(seed, len(x))
        verb = self._verb("terms", self.terms)
        return Terms(*verb.arrays(x, seeds, *condition, progress=progress))

    def log_prob(
        self,
        x: Any,
        num_samples: int = 5000,
        seed: int | Sequence[int] | None = None,
        y: Any = None,
        memory_limit: int | None = None,
        progress: bool = False,
    ) -> np.ndarray:
        """Importance-weighted estimate of log p(x).

        log 1/k sum_i p(x|z_i) p(z_i) / q(z_i|x) with z_i from q(z|x): in expectation a
        lower bound that rises with k towards log p(x) (Burda et al. 2016, eq. 8). Each
        image is encoded once; memory is bounded.

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`. For a binary
                likelihood, values between 0 and 1 are binarized with the seed.
            num_samples: k, the number of importance samples.
            seed: An integer, or one integer a row. Fresh noise by default. The result
                depends on it and not on `memory_limit` (but for rounding).
            y: The condition, in conditional models.
            memory_limit: Bytes that the samples' way through the decoder may take, by
                an estimate from the decoder's layers. Default: 1 GiB. (A decoder seldom
                gains from more than a part of it.)
            progress: Whether to show a progress bar, in images.

        Returns:
            float32 `(n,)`, nats.

        Raises:
            ValueError: If the images or the condition do not fit the model, or a number
                is not positive.
        """
        x, *condition = self._check_rows(x, y)
        sampler = ImportanceSampler(self, num_samples, memory_limit)
        seeds = standardize_seeds(seed, len(x))
        return sampler.log_prob(x, seeds, *condition, progress=progress)

    # --- the graphs -------------------------------------------------------------------

    def _encoding(self, x: tf.Tensor, y: tf.Tensor | None = None) -> list[tf.Tensor]:
        """The encoder's outputs, and the moments that the posterior of them has."""
        params = self.encoder_outputs(self.prepare(x), y)
        posterior = self._noted(self.posterior, params)
        moments = {}
        for name in ("mean", "stddev"):
            # Not every distribution has them, nor in closed form.
            with contextlib.suppress(NotImplementedError):
                moments[name] = getattr(posterior, name)()
        self._traced.moments = tuple(moments)
        return [params, *moments.values()]

    def _sampling(self, seeds: tf.Tensor, y: tf.Tensor | None = None) -> tf.Tensor:
        z = self.draw_latents(seeds, y)
        return tf.cast(self.mean_images(z, y), tf.float32)
