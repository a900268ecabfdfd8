"""What one does with a trained VAE beyond decoding: encode, sample, measure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.models.decoding import symbolic
from vaezoo.models.importance import ImportanceSampler
from vaezoo.models.rows import standardize_seeds
from vaezoo.objectives import Terms

tfd = tfp.distributions


class InferenceVerbs:
    """The verbs that need densities, each a graph that is traced once and kept.

    Arrays go in and come out; long ones pass through in batches. Inside a
    `tf.function`, use `infer`, `generate`, `terms` or the model itself.
    """

    def encode(self, x: Any, y: Any = None) -> tfd.Distribution:
        """The posterior q(z|x).

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`.
            y: The condition, in conditional models.

        Returns:
            A `tfd.Distribution` of batch shape `(n,)`.

        Raises:
            ValueError: If the images or the condition do not fit the model.
        """
        if symbolic(x):
            return self.infer(self.prepare(x), y)
        x, condition = self._check_rows(x, y)
        params = self._map_rows("encoder_params", x, *condition)
        return self.posterior(params)

    def sample(
        self,
        n: int | None = None,
        seed: int | Sequence[int] | None = None,
        y: Any = None,
    ) -> np.ndarray:
        """New images: the likelihood's mean for latent vectors drawn from the prior.

        Args:
            n: How many; by default one for each seed of a sequence, or for each
                condition.
            seed: An integer, or one integer an image: image i then depends on `seed[i]`
                alone, as in an exported model. Fresh images at every call by default.
            y: The condition, in conditional models: one an image, or one for all.

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
        return self._map_rows("sample_images", seeds, *condition).numpy()

    def elbo(
        self, x: Any, seed: int | Sequence[int] | None = None, y: Any = None
    ) -> np.ndarray:
        """The evidence lower bound, estimated with one sample of the posterior.

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`. For a binary
                likelihood, values between 0 and 1 are binarized with the seed.
            seed: An integer, or one integer a row. Fresh noise by default.
            y: The condition, in conditional models.

        Returns:
            float32 `(n,)`, nats.

        Raises:
            ValueError: If the images or the condition do not fit the model.
        """
        return self.elbo_terms(x, seed, y).elbo

    def elbo_terms(
        self, x: Any, seed: int | Sequence[int] | None = None, y: Any = None
    ) -> Terms:
        """The bound of `elbo` with its two terms, and the loss of the objective.

        Args:
            x: As for `elbo`.
            seed: As for `elbo`.
            y: The condition, in conditional models.

        Returns:
            `Terms` of float32 arrays `(n,)`, nats.

        Raises:
            ValueError: If the images or the condition do not fit the model.
        """
        x, condition = self._check_rows(x, y)
        seeds = standardize_seeds(seed, len(x))
        terms = self._map_rows("terms_of_rows", x, seeds, *condition)
        return Terms(*(term.numpy() for term in terms))

    def log_prob(
        self,
        x: Any,
        num_samples: int = 5000,
        seed: int | Sequence[int] | None = None,
        y: Any = None,
        max_rows: int = 4000,
        progress: bool = False,
    ) -> np.ndarray:
        """Importance-weighted estimate of log p(x).

        log 1/k sum_i p(x|z_i) p(z_i) / q(z_i|x) with z_i from q(z|x): in expectation a
        lower bound that rises with k towards log p(x) (Burda et al. 2016, eq. 8). Each
        image is encoded once; memory is bounded by `max_rows`.

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`. For a binary
                likelihood, values between 0 and 1 are binarized with the seed.
            num_samples: k, the number of importance samples.
            seed: An integer, or one integer a row. Fresh noise by default. The result
                depends on it and not on `max_rows` (but for rounding).
            y: The condition, in conditional models.
            max_rows: How many latent vectors are decoded at a time.
            progress: Whether to show a progress bar.

        Returns:
            float32 `(n,)`, nats.

        Raises:
            ValueError: If the images or the condition do not fit the model, or a number
                is not positive.
        """
        x, condition = self._check_rows(x, y)
        seeds = standardize_seeds(seed, len(x))
        sampler = ImportanceSampler(self, num_samples, max_rows)
        return sampler.log_prob(x, seeds, *condition, progress=progress)

    # --- the graphs -------------------------------------------------------------------

    def _sample_images(self, seeds: tf.Tensor, y: tf.Tensor | None = None) -> tf.Tensor:
        z = self.draw_latents(seeds, y)
        return tf.cast(self.mean_images(z, y), tf.float32)

    def _terms_of_rows(
        self, x: tf.Tensor, seeds: tf.Tensor, y: tf.Tensor | None = None
    ) -> Terms:
        return self.terms(x, seeds, y)
