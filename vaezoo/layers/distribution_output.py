"""What all layers that return distributions have in common."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers.conversion import conversion_config, resolve_conversion
from vaezoo.layers.tensor_like import as_tensor_like

tfd = tfp.distributions


class DistributionOutput(keras.layers.Layer):
    """A layer whose output is a distribution that passes for a tensor.

    It knows how the output becomes a tensor, and the dtype of densities. A prior that
    an activity regularizer refers to becomes a part of the layer, with its weights:
    Keras would not find them there.

    Args:
        convert_to_tensor_fn: See `DistributionLayer`.
        **kwargs: As for any Keras layer.
    """

    def __init__(self, convert_to_tensor_fn: str | Callable, **kwargs: Any) -> None:
        kwargs.setdefault("autocast", False)
        super().__init__(**kwargs)
        self.convert_to_tensor_fn = resolve_conversion(convert_to_tensor_fn)
        prior = getattr(self.activity_regularizer, "distribution_b", None)
        is_layer = isinstance(prior, keras.layers.Layer)
        self.regularizing_prior = prior if is_layer else None

    @property
    def density_dtype(self) -> str:
        """The dtype that densities are computed in."""
        return "float64" if self.variable_dtype == "float64" else "float32"

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Makes the weights of a prior that the activity regularizer refers to."""
        prior = self.regularizing_prior
        if prior is not None and not prior.built:
            prior.build((None, *prior.event_shape))

    def as_output(self, distribution: tfd.Distribution) -> tfd.Distribution:
        """The distribution as this layer's output."""
        return as_tensor_like(distribution, self.convert_to_tensor_fn)

    def traced_output_spec(self, *args: Any, **kwargs: Any) -> keras.KerasTensor:
        """The output as Keras sees it, found by tracing `call` on symbolic tensors."""

        def value(*args: Any, **kwargs: Any) -> tf.Tensor:
            return tf.convert_to_tensor(self.call(*args, **kwargs))

        args, kwargs = keras.tree.map_structure(_tensor_spec, (args, kwargs))
        traced = tf.function(value, autograph=False).get_concrete_function(
            *args, **kwargs
        )
        (output,) = traced.outputs
        return keras.KerasTensor(output.shape, dtype=output.dtype.name)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        convert = conversion_config(self.convert_to_tensor_fn)
        return {**super().get_config(), "convert_to_tensor_fn": convert}


def _tensor_spec(value: Any) -> Any:
    if isinstance(value, keras.KerasTensor):
        return tf.TensorSpec(value.shape, value.dtype)
    return value
