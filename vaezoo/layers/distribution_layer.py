"""The base class of the layers that return distributions."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers.conversion import is_named
from vaezoo.layers.distribution_output import DistributionOutput
from vaezoo.layers.event_shape import standardize_event_shape
from vaezoo.layers.pixel_kind import PixelKind

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class DistributionLayer(DistributionOutput):
    """A Keras layer that turns a tensor of parameters into a distribution.

    It does what `tfp.layers.DistributionLambda` does in Keras 2, but is rebuilt from
    its configuration. A subclass gives `params_size`, `event_shape` and
    `distribution`; everything that Keras asks for follows from these.

    Called on tensors, the layer returns a TFP distribution that also passes for a
    tensor: another layer, a Keras operation or arithmetic gets the value that
    `convert_to_tensor_fn` makes of it. Called on `KerasTensor`s, it returns the
    `KerasTensor` of one such value. Densities are computed in float32 (float64 if the
    layer is float64), under mixed precision too.

    Args:
        event_shape: Shape of one event; an integer stands for a vector.
        convert_to_tensor_fn: `"sample"`, `"mean"`, `"mode"`, `"stddev"`, `"variance"`,
            `"logits"`, `"probs"`, or the method or property of a TFP distribution of
            that name, or a function that is registered with
            `keras.saving.register_keras_serializable`.
        validate_args: Whether TFP checks the parameters at run time.
        **kwargs: `name`, `dtype`, `trainable`, `activity_regularizer`, as for any Keras
            layer.

    Input shape:
        `(..., params_size(event_shape))`.

    Output shape:
        A distribution with batch shape `(...)` and the event shape.
    """

    def __init__(
        self,
        event_shape: int | Sequence[int],
        convert_to_tensor_fn: str | Callable = "sample",
        validate_args: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(convert_to_tensor_fn, **kwargs)
        self.event_shape = standardize_event_shape(event_shape)
        self.validate_args = bool(validate_args)

    @classmethod
    def params_size(cls, event_shape: int | Sequence[int]) -> int:
        """How many parameters one distribution takes.

        Args:
            event_shape: Shape of one event; an integer stands for a vector.

        Returns:
            The size of the last axis of the layer's input.
        """
        raise NotImplementedError(f"{cls.__name__} must define `params_size`.")

    def distribution(self, params: tf.Tensor) -> tfd.Distribution:
        """The distribution of given parameters.

        Args:
            params: Float tensor `(..., params_size(event_shape))`.

        Returns:
            A new TFP distribution with batch shape `(...)`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define `distribution(params)`."
        )

    @classmethod
    def new(cls, params: tf.Tensor, *args: Any, **kwargs: Any) -> tfd.Distribution:
        """The distribution of given parameters, without a layer to keep.

        Args:
            params: Float tensor `(..., number of parameters)`.
            *args: The layer's arguments, such as the event shape.
            **kwargs: Further arguments of the layer.

        Returns:
            A new TFP distribution with batch shape `(...)`.
        """
        return cls(*args, **kwargs).distribution(tf.convert_to_tensor(params))

    def draw(
        self,
        distribution: tfd.Distribution,
        seeds: tf.Tensor,
        stream: int,
    ) -> tf.Tensor:
        """One value a row by the counter-based generator of `vaezoo.random`.

        Unlike `distribution.sample()`, the draw is the same in eager mode, in a graph,
        under XLA and in an export.

        Args:
            distribution: What the layer returned, of batch shape `(batch,)`.
            seeds: int64 `(batch,)`, one seed a row.
            stream: Stream of the generator.

        Returns:
            float32 `(batch, *event_shape)`; differentiable where the distribution is
            reparameterized.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `draw`.")

    def draw_many(
        self,
        distribution: tfd.Distribution,
        seeds: tf.Tensor,
        stream: int,
        count: int,
        start: int | tf.Tensor = 0,
    ) -> tf.Tensor:
        """Draws number `start` to `start + count - 1` of each row.

        Args:
            distribution: What the layer returned, of batch shape `(batch,)`.
            seeds: int64 `(batch,)`, one seed a row.
            stream: Stream of the generator.
            count: How many draws a row.
            start: Index of the first, so that a long series can be taken in pieces.

        Returns:
            float32 `(count, batch, *event_shape)`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `draw_many`.")

    def initial_params(self, mean: tf.Tensor) -> tf.Tensor:
        """The parameters of a likelihood whose mean is a given image.

        Args:
            mean: Float tensor of the event shape, in [0, 1].

        Returns:
            Float tensor of the event shape, what an untrained decoder should output;
            with one more axis at the end where an element has several parameters.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define `initial_params`."
        )

    def log_prob(self, distribution: tfd.Distribution, value: tf.Tensor) -> tf.Tensor:
        """Log density of `value` in nats, in the quickest form that is exact.

        Args:
            distribution: What the layer returned.
            value: Tensor that broadcasts against batch and event shape.

        Returns:
            Tensor of the broadcast batch shape.
        """
        return distribution.log_prob(value)

    def log_prob_of_samples(self, params: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
        """Log density of each value under several distributions, without gradients.

        Args:
            params: `(count * batch, num_params)`, all values' first distributions, then
                their second ones.
            value: `(batch, *event_shape)`.

        Returns:
            `(count, batch)`, in nats.
        """
        params, value = tf.convert_to_tensor(params), tf.convert_to_tensor(value)
        rows, batch = tf.shape(params)[0], tf.shape(value)[0]
        tiled = tf.tile(value, [rows // batch, *[1] * (value.shape.rank - 1)])
        return tf.reshape(self.log_prob(self(params), tiled), [-1, batch])

    @property
    def num_params(self) -> int:
        """How many parameters this layer takes: the size of its input's last axis."""
        return self.params_size(self.event_shape)

    @property
    def pixel_kind(self) -> PixelKind | None:
        """What the values are as pixels; None for a layer that is no likelihood."""
        return None

    @property
    def binary(self) -> bool:
        """Whether the distribution is over zeros and ones."""
        return self.pixel_kind is PixelKind.BINARY

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Checks that the input holds as many parameters as the distribution takes."""
        self._check_params(input_shape)
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tfd.Distribution:
        """The distribution whose parameters are `inputs`."""
        # Keras builds a layer once; a later input may be of another shape.
        self._check_params(inputs.shape)
        params = keras.ops.cast(inputs, self.density_dtype)
        return self.as_output(self.distribution(params))

    def compute_output_shape(
        self, input_shape: Sequence[int | None]
    ) -> tuple[int | None, ...]:
        """Batch shape, then event shape (for the conversions that have a name)."""
        return (*input_shape[:-1], *self.event_shape)

    def compute_output_spec(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """One value of the distribution, as Keras sees it."""
        if not is_named(self.convert_to_tensor_fn):
            return self.traced_output_spec(inputs)
        shape = self.compute_output_shape(inputs.shape)
        return keras.KerasTensor(shape, dtype=self.density_dtype)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "event_shape": list(self.event_shape),
            "validate_args": self.validate_args,
        }

    def _check_params(self, input_shape: Sequence[int | None]) -> None:
        expected = self.num_params
        if tuple(input_shape)[-1:] != (expected,):
            raise ValueError(
                f"{type(self).__name__} with event_shape={self.event_shape} expects "
                f"an input with {expected} parameters on its last axis (see "
                f"`{type(self).__name__}.params_size`). "
                f"Received: input of shape {tuple(input_shape)}"
            )
