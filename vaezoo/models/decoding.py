"""What any model with a decoder does: decode, reconstruct, adapt to data."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.images import check_images
from vaezoo.models.rows import map_rows
from vaezoo.models.starting_bias import mean_image, set_output_bias

tfd = tfp.distributions


class DecodingVerbs:
    """Verbs that need no density, each a graph that is traced once and kept.

    Arrays go in and come out; long ones pass through in batches. Inside a
    `tf.function`, use `generate` or the model itself.
    """

    _rows_at_a_time = 256

    def decode(self, z: Any, y: Any = None) -> tfd.Distribution:
        """The likelihood p(x|z), or p(x|z, y) in conditional models.

        Args:
            z: Latent vectors, `(n, latent_dim)`.
            y: The condition, in conditional models.

        Returns:
            A `tfd.Distribution` of batch shape `(n,)`; its `mean()` are images.

        Raises:
            ValueError: If `z` has another shape or holds NaN or infinite values, or if
                the condition does not fit.
        """
        if symbolic(z):
            return self.generate(z, y)
        z = _check_latents(z, self.latent_dim)
        condition = self._check_condition(y, len(z))
        params = self._map_rows("decoder_params", z, *condition)
        return self.likelihood(params)

    def reconstruct(self, x: Any, y: Any = None) -> np.ndarray:
        """The likelihood's mean for the code of each image.

        The code of a VAE is the posterior's mean.

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`.
            y: The condition, in conditional models.

        Returns:
            float32 `(n, height, width, channels)`, in [0, 1].

        Raises:
            ValueError: If the images or the condition do not fit the model.
        """
        x, condition = self._check_rows(x, y)
        return self._map_rows("reconstruction", x, *condition).numpy()

    def adapt(self, images: Any) -> None:
        """Sets the decoder's output bias so that it starts from the mean image.

        Training then begins with the background explained, not with learning it. The
        first `fit` of an untrained model does this by itself.

        Args:
            images: uint8 or floats in [0, 1], `(n, height, width, channels)`.

        Raises:
            ValueError: If the images do not fit the model, or the decoder's last layer
                with weights has no bias to set.
        """
        images = check_images(images, self.image_shape)
        set_output_bias(self, mean_image(images))

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

    def _map_rows(self, name: str, *arrays: Any) -> Any:
        graph = self.cached_graph(name, getattr(self, f"_{name}"))
        return map_rows(graph, self._rows_at_a_time, *arrays)

    def _encoder_params(self, x: tf.Tensor, y: tf.Tensor | None = None) -> tf.Tensor:
        return self.encoder_outputs(self.prepare(x), y)

    def _decoder_params(self, z: tf.Tensor, y: tf.Tensor | None = None) -> tf.Tensor:
        return self.decoder_outputs(z, y)

    def _reconstruction(self, x: tf.Tensor, y: tf.Tensor | None = None) -> tf.Tensor:
        inputs = x if y is None else (x, y)
        return tf.cast(self.call(inputs, training=False), tf.float32)

    def _check_rows(self, x: Any, y: Any) -> tuple[np.ndarray, tuple[Any, ...]]:
        """Checked images, and what goes with them: nothing, or the condition."""
        x = check_images(x, self.image_shape)
        return x, self._check_condition(y, len(x))


def symbolic(x: Any) -> bool:
    """Whether `x` is a tensor inside a graph, whose values are not known."""
    return tf.is_tensor(x) and not hasattr(x, "numpy")


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
