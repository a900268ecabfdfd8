"""What any model with a decoder does: decode, reconstruct, adapt to data."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.images import as_array, check_images
from vaezoo.layers import DistributionLayer
from vaezoo.models.concrete_graphs import ConcreteGraphs
from vaezoo.models.deferred import deferred
from vaezoo.models.execution import is_dense
from vaezoo.models.network_size import rows_that_fit, runs_unchecked
from vaezoo.models.shape_classes import ShapeClasses
from vaezoo.models.starting_bias import mean_image, set_output_bias

tfd = tfp.distributions


class DecodingVerbs:
    """Verbs that need no density, each traced for a few classes of batch sizes only.

    Arrays go in and come out; long ones pass through in batches, in memory that does
    not grow with them. Inside a `tf.function`, use `generate` or the model itself.
    """

    _rows_at_a_time: int | None = None
    """Rows a batch; None for what fits the networks best."""

    def decode(self, z: Any, y: Any = None, progress: bool = False) -> tfd.Distribution:
        """The likelihood p(x|z), or p(x|z, y) in conditional models.

        Args:
            z: Latent vectors, `(n, latent_dim)`.
            y: The condition, in conditional models.
            progress: Whether to show a progress bar, in latent vectors.

        Returns:
            A `tfd.Distribution` of batch shape `(n,)`; its `mean()` are images.

        Raises:
            ValueError: If `z` has another shape or holds NaN or infinite values, or if
                the condition does not fit.
        """
        if symbolic(z):
            return self.generate(z, y)
        z = _check_latents(z, self.latent_dim)
        arrays = (z, *self._check_condition(y, len(z)))
        verb = self._verb("decoding", self._decoding, fuse=False)
        (params,) = verb.tensors(*arrays, progress=progress, unit="latent")
        return self._deferred(self.likelihood, params)

    def reconstruct(self, x: Any, y: Any = None, progress: bool = False) -> np.ndarray:
        """The likelihood's mean for the code of each image.

        The code of a VAE is the posterior's mean.

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`.
            y: The condition, in conditional models.
            progress: Whether to show a progress bar, in images.

        Returns:
            float32 `(n, height, width, channels)`, in [0, 1].

        Raises:
            ValueError: If the images or the condition do not fit the model.
        """
        arrays = self._check_rows(x, y)
        verb = self._verb("reconstruction", self._reconstruction)
        return verb.arrays(*arrays, progress=progress)[0]

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

    @property
    def num_traces(self) -> int:
        """How many graphs the verbs have made: each takes time, but only once."""
        return sum(verb.traces for verb in self._graphs.values())

    def cached_graph(self, key: Any, body: Callable) -> Callable:
        """The graphs of `body` for tensors of any batch size, kept for this model.

        Args:
            key: What to keep them by.
            body: From tensors `(rows, ...)` to a structure of tensors.

        Returns:
            A function of tensors; it returns the structure.
        """
        graphs = self.cached_graphs(key, body)
        return lambda *tensors: graphs.structured(tensors)

    def cached_graphs(self, key: Any, body: Callable) -> ConcreteGraphs:
        """The graphs of `body`, made once for this model and `key`."""
        graphs = self._graphs.get(key)
        if graphs is None:
            graphs = self._graphs[key] = ConcreteGraphs(body)
        return graphs

    def _verb(self, name: str, body: Callable, fuse: bool = True) -> ShapeClasses:
        """The graphs of a verb, made once for this model.

        Args:
            name: What to keep them by.
            body: See `ShapeClasses`.
            fuse: Whether there is more for XLA to fuse than layers and activations,
                for which a plain graph of dense layers is the faster one.
        """
        key = (name, self._rows_at_a_time)
        verb = self._graphs.get(key)
        if verb is None:
            rows = self._rows_at_a_time or rows_that_fit(self)
            one_row = runs_unchecked(self)
            many_rows = one_row and fuse and is_dense(self.encoder, self.decoder)
            verb = self._graphs[key] = ShapeClasses(body, rows, one_row, many_rows)
        return verb

    def _deferred(
        self, layer: DistributionLayer, params: tf.Tensor, **known: tf.Tensor
    ) -> tfd.Distribution:
        """What a layer makes of parameters, made when it is used."""
        if not tf.executing_eagerly():  # The parameters are of one graph only.
            return layer(params)
        kind = self._traced.kinds[layer]
        return deferred(kind, functools.partial(layer, params), known)

    def _noted(self, layer: DistributionLayer, params: tf.Tensor) -> tfd.Distribution:
        """What a layer makes of parameters; its class is kept for `_deferred`."""
        distribution = layer(params)
        self._traced.kinds[layer] = type(distribution)
        return distribution

    def _decoding(self, z: tf.Tensor, y: tf.Tensor | None = None) -> tf.Tensor:
        params = self.decoder_outputs(z, y)
        self._noted(self.likelihood, params)
        return params

    def _reconstruction(self, x: tf.Tensor, y: tf.Tensor | None = None) -> tf.Tensor:
        inputs = x if y is None else (x, y)
        return tf.cast(self.call(inputs, training=False), tf.float32)

    def _check_rows(self, x: Any, y: Any) -> tuple[np.ndarray, ...]:
        """Checked images, and what goes with them: nothing, or the condition."""
        x = check_images(x, self.image_shape)
        return (x, *self._check_condition(y, len(x)))


def symbolic(x: Any) -> bool:
    """Whether `x` is a tensor inside a graph, whose values are not known."""
    # TensorFlow takes longer to tell that an array is no tensor than to call a graph.
    known = isinstance(x, np.ndarray)
    return not known and isinstance(x, tf.Tensor) and not hasattr(x, "numpy")


def _check_latents(z: Any, latent_dim: int) -> np.ndarray:
    expected = f"Expected latent vectors of shape (n, {latent_dim}), n >= 1."
    try:
        array = as_array(z)
    except ValueError as error:
        raise ValueError(f"{expected} {error}") from error
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{expected} Received: dtype {array.dtype}")
    with np.errstate(over="ignore"):
        array = array.astype(np.float32, copy=False)
    if array.ndim != 2 or array.shape[1] != latent_dim or not len(array):
        raise ValueError(f"{expected} Received: shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(
            "Expected finite latent vectors. Received: NaN or infinite values"
        )
    return array
