"""The layer that makes a distribution with a function."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers.distribution_output import DistributionOutput
from vaezoo.layers.registered_function import function_config
from vaezoo.layers.tensor_like import plain_copy

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class DistributionLambda(DistributionOutput):
    """Any distribution, as a function of tensors.

    `tfp.layers.DistributionLambda` for Keras 3. To be saved, cloned or rebuilt, it
    needs a function that is registered with
    `keras.saving.register_keras_serializable`; a lambda works until then. A head for a
    VAE is a subclass of `DistributionLayer` instead, which also knows the shape of its
    events and the number of its parameters.

    Args:
        make_distribution_fn: From the layer's inputs to a TFP distribution.
        convert_to_tensor_fn: See `DistributionLayer`.
        **kwargs: See `DistributionLayer`.

    Call arguments:
        inputs: A tensor, or a structure of tensors; floats are cast to float32, in a
            float64 layer to float64. Further arguments are passed on to the function.

    Output shape:
        The distribution that the function returns.

    Raises:
        ValueError: If `make_distribution_fn` is not a function.

    Example:
        >>> layer = DistributionLambda(
        ...     lambda t: tfd.Normal(loc=t[..., 0], scale=tf.exp(t[..., 1]))
        ... )
        >>> layer(tf.zeros((3, 2))).log_prob(0.0).shape
        TensorShape([3])
    """

    def __init__(
        self,
        make_distribution_fn: Callable,
        convert_to_tensor_fn: str | Callable = "sample",
        **kwargs: Any,
    ) -> None:
        super().__init__(convert_to_tensor_fn, **kwargs)
        if isinstance(make_distribution_fn, dict):
            make_distribution_fn = keras.saving.deserialize_keras_object(
                make_distribution_fn
            )
        if not callable(make_distribution_fn):
            raise ValueError(
                "Expected `make_distribution_fn` to be a function. "
                f"Received: make_distribution_fn={make_distribution_fn!r}"
            )
        self.make_distribution_fn = make_distribution_fn

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> tfd.Distribution:
        """The distribution that the function makes of `inputs`."""
        inputs, args, kwargs = keras.tree.map_structure(
            self._cast, (inputs, args, kwargs)
        )
        distribution = self.make_distribution_fn(inputs, *args, **kwargs)
        if not isinstance(distribution, tfd.Distribution):
            raise TypeError(
                "Expected `make_distribution_fn` to return a TensorFlow Probability "
                f"distribution. Received: {distribution!r} "
                f"of type {type(distribution).__name__}"
            )
        # The function may return the same object, or another layer's output, again.
        return self.as_output(plain_copy(distribution))

    def compute_output_shape(
        self, input_shape: Sequence[int | None]
    ) -> tuple[int | None, ...]:
        """Shape of the value of the distribution that the function makes."""
        inputs = keras.KerasTensor(input_shape, dtype=self.density_dtype)
        return tuple(self.compute_output_spec(inputs).shape)

    def compute_output_spec(
        self, inputs: Any, *args: Any, **kwargs: Any
    ) -> keras.KerasTensor:
        """The value of the distribution that the function makes, as Keras sees it."""
        return self.traced_output_spec(inputs, *args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        function = function_config("make_distribution_fn", self.make_distribution_fn)
        return {**super().get_config(), "make_distribution_fn": function}

    def _cast(self, value: Any) -> Any:
        plain = tf.is_tensor(value) and not isinstance(value, tfd.Distribution)
        if plain and value.dtype.is_floating:
            return tf.cast(value, self.density_dtype)
        return value
