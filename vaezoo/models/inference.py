"""What one does with a trained VAE: encode, decode, sample, reconstruct, measure."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.images import check_images
from vaezoo.models.importance import ImportanceSampler
from vaezoo.models.rows import map_rows, standardize_seeds
from vaezoo.objectives import Terms
from vaezoo.random import Stream

tfd = tfp.distributions

_BATCH = 256


class InferenceVerbs:
    """The verbs of `vaezoo.VAE`, each a graph that is traced once and kept.

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
            ValueError: If the images do not fit the model.
        """
        self._check_condition(y)
        if _symbolic(x):
            return self.infer(self.prepare(x), y)
        x = check_images(x, self.image_shape)
        return self.posterior(map_rows(self._graph("encoder_params"), _BATCH, x))

    def decode(self, z: Any, y: Any = None) -> tfd.Distribution:
        """The likelihood p(x|z).

        Args:
            z: Latent vectors, `(n, latent_dim)`.
            y: The condition, in conditional models.

        Returns:
            A `tfd.Distribution` of batch shape `(n,)`; its `mean()` are images.

        Raises:
            ValueError: If `z` has another shape or holds NaN or infinite values.
        """
        self._check_condition(y)
        if _symbolic(z):
            return self.generate(z, y)
        z = _check_latents(z, self.latent_dim)
        return self.likelihood(map_rows(self._graph("decoder_params"), _BATCH, z))

    def sample(
        self,
        n: int | None = None,
        seed: int | Sequence[int] | None = None,
        y: Any = None,
    ) -> np.ndarray:
        """New images: the likelihood's mean for latent vectors drawn from the prior.

        Args:
            n: How many; one for each seed if `seed` is a sequence.
            seed: An integer, or one integer an image: image i then depends on `seed[i]`
                alone, as in an exported model. Fresh images at every call by default.
            y: The condition, in conditional models.

        Returns:
            float32 `(n, height, width, channels)`, in [0, 1].

        Raises:
            ValueError: If `n` is not a positive integer or does not fit `seed`.
        """
        self._check_condition(y)
        seeds = standardize_seeds(seed, n)
        return map_rows(self._graph("sample_images"), _BATCH, seeds).numpy()

    def reconstruct(self, x: Any, y: Any = None) -> np.ndarray:
        """Images through posterior mean and likelihood mean.

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`.
            y: The condition, in conditional models.

        Returns:
            float32 `(n, height, width, channels)`, in [0, 1].

        Raises:
            ValueError: If the images do not fit the model.
        """
        self._check_condition(y)
        x = check_images(x, self.image_shape)
        return map_rows(self._graph("reconstruction"), _BATCH, x).numpy()

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
            ValueError: If the images do not fit the model.
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
            ValueError: If the images do not fit the model.
        """
        self._check_condition(y)
        x = check_images(x, self.image_shape)
        seeds = standardize_seeds(seed, len(x))
        terms = map_rows(self._graph("terms_of_rows"), _BATCH, x, seeds)
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
            ValueError: If the images do not fit the model or a number is not positive.
        """
        self._check_condition(y)
        x = check_images(x, self.image_shape)
        seeds = standardize_seeds(seed, len(x))
        sampler = ImportanceSampler(self, num_samples, max_rows)
        return sampler.log_prob(x, seeds, progress=progress)

    def adapt(self, images: Any) -> None:
        """Sets the decoder's output bias so that it starts from the mean image.

        Training then begins with the background explained, not with learning it.

        Args:
            images: uint8 or floats in [0, 1], `(n, height, width, channels)`.

        Raises:
            ValueError: If the images do not fit the model, or the decoder's last layer
                with weights has no bias to set.
        """
        images = check_images(images, self.image_shape)
        mean = images.mean(axis=0, dtype=np.float64)
        if images.dtype == np.uint8:
            mean = mean / 255.0
        params = self.likelihood.initial_params(tf.constant(mean, tf.float32)).numpy()
        layer = [part for part in self.decoder.layers if part.weights][-1]
        bias = getattr(layer, "bias", None)
        if bias is not None and bias.shape[-1] == params.size:
            bias.assign(params.reshape(-1))
        elif bias is not None and bias.shape[-1] == params.shape[-1]:
            bias.assign(params.mean(axis=(0, 1)))
        else:
            raise ValueError(
                "Expected the decoder to end in a layer with one bias a pixel or a "
                f"channel. Received: layer {layer.name!r} of "
                f"type {type(layer).__name__}"
            )

    # --- the graphs -------------------------------------------------------------------

    def cached_graph(
        self, key: Any, body: Callable, jit_compile: bool = False
    ) -> Callable:
        """The `tf.function` of `body`, made once for this model and `key`."""
        if key not in self._graphs:
            # A partial object: TensorFlow tells functions apart by their code, and
            # would take ten models, traced once each, for ten needless traces.
            self._graphs[key] = tf.function(
                functools.partial(body),
                reduce_retracing=True,
                autograph=False,
                jit_compile=jit_compile,
            )
        return self._graphs[key]

    def _graph(self, name: str) -> Callable:
        return self.cached_graph(name, getattr(self, f"_{name}"))

    def _encoder_params(self, x: tf.Tensor) -> tf.Tensor:
        return self.encoder(self.prepare(x), training=False)

    def _decoder_params(self, z: tf.Tensor) -> tf.Tensor:
        return self._flat_params(self.decoder(z, training=False))

    def _sample_images(self, seeds: tf.Tensor) -> tf.Tensor:
        z = self.prior_layer.draw(seeds, Stream.LATENT)
        return tf.cast(self.generate(z).mean(), tf.float32)

    def _reconstruction(self, x: tf.Tensor) -> tf.Tensor:
        return tf.cast(self.call(x, training=False), tf.float32)

    def _terms_of_rows(self, x: tf.Tensor, seeds: tf.Tensor) -> Terms:
        return self.terms(x, seeds)


def _check_latents(z: Any, latent_dim: int) -> np.ndarray:
    array = np.asarray(z, dtype=np.float32)
    if array.ndim != 2 or array.shape[1] != latent_dim or not len(array):
        raise ValueError(
            f"Expected latent vectors of shape (n, {latent_dim}), n >= 1. "
            f"Received: shape {array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(
            "Expected finite latent vectors. Received: NaN or infinite values"
        )
    return array


def _symbolic(x: Any) -> bool:
    return tf.is_tensor(x) and not hasattr(x, "numpy")
