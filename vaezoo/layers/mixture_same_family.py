"""Mixtures of one family of distributions."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers.discretized_logistic_mixture import check_num_components
from vaezoo.layers.distribution_layer import DistributionLayer
from vaezoo.layers.event_shape import shape_events
from vaezoo.layers.one_hot_categorical import draw_one_hot
from vaezoo.layers.pixel_kind import PixelKind

tfd = tfp.distributions

# The components draw from streams beside those of `vaezoo.random.Stream`, so that they
# know nothing of the number that picks one of them.
_COMPONENT_STREAM = 1 << 16


@keras.saving.register_keras_serializable(package="vaezoo")
class MixtureSameFamily(DistributionLayer):
    """A mixture of distributions that another layer makes.

    `tfp.layers.MixtureSameFamily` for Keras 3. The parameters are the logits of the
    components, then the parameters of each component in turn. Samples carry no
    gradient, so it is a likelihood and no posterior.

    Args:
        num_components: Number of components.
        component_layer: The layer that makes one component, such as
            `IndependentNormal(3)`.
        convert_to_tensor_fn: See `DistributionLayer`.
        validate_args: See `DistributionLayer`.
        **kwargs: See `DistributionLayer`.

    Input shape:
        `(..., num_components * (1 + parameters of a component))`.

    Output shape:
        `tfd.MixtureSameFamily` of batch shape `(...)`.

    Raises:
        ValueError: If `num_components` is not a positive integer or `component_layer`
            not a `DistributionLayer`.

    Example:
        >>> layer = MixtureSameFamily(2, MultivariateNormalTriL(3))
        >>> layer.num_params
        20
    """

    def __init__(
        self,
        num_components: int,
        component_layer: DistributionLayer,
        convert_to_tensor_fn: str | Callable = "sample",
        validate_args: bool = False,
        **kwargs: Any,
    ) -> None:
        if isinstance(component_layer, dict):
            component_layer = keras.saving.deserialize_keras_object(component_layer)
        if not isinstance(component_layer, DistributionLayer):
            raise ValueError(
                "Expected `component_layer` to be a DistributionLayer. "
                f"Received: component_layer={component_layer!r}"
            )
        event_shape = component_layer.event_shape
        super().__init__(event_shape, convert_to_tensor_fn, validate_args, **kwargs)
        self.num_components = check_num_components(num_components)
        self.component_layer = component_layer

    @classmethod
    def params_size(cls, num_components: int, component_params_size: int) -> int:
        """How many parameters one mixture takes.

        Args:
            num_components: Number of components.
            component_params_size: How many parameters one component takes.

        Returns:
            The size of the last axis of the layer's input.
        """
        count = check_num_components(num_components)
        return count * (1 + component_params_size)

    @property
    def num_params(self) -> int:
        """How many parameters this layer takes: the size of its input's last axis."""
        return self.num_components * (1 + self.component_layer.num_params)

    @property
    def pixel_kind(self) -> PixelKind | None:
        """That of the components."""
        return self.component_layer.pixel_kind

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Checks the number of parameters and builds the layer of the components."""
        super().build(input_shape)
        sizes = (self.num_components, self.component_layer.num_params)
        self.component_layer.build((*input_shape[:-1], *sizes))

    def distribution(self, params: tf.Tensor) -> tfd.MixtureSameFamily:  # noqa: D102
        sizes = (self.num_components, self.component_layer.num_params)
        return tfd.MixtureSameFamily(
            tfd.Categorical(logits=params[..., : self.num_components]),
            self.component_layer.distribution(
                shape_events(params[..., self.num_components :], sizes)
            ),
        )

    def initial_params(self, mean: tf.Tensor) -> tf.Tensor:
        """Equal weights, then those of each component, `(num_params,)`."""
        component = tf.reshape(self.component_layer.initial_params(mean), [-1])
        weights = tf.zeros([self.num_components], component.dtype)
        return tf.concat([weights, tf.tile(component, [self.num_components])], axis=0)

    def draw(  # noqa: D102
        self, distribution: tfd.Distribution, seeds: tf.Tensor, stream: int
    ) -> tf.Tensor:
        logits = distribution.mixture_distribution.logits_parameter()
        picked = draw_one_hot(logits, seeds, stream)
        components = distribution.components_distribution
        drawn = [
            self.component_layer.draw(
                components[..., component], seeds, int(stream) + _COMPONENT_STREAM
            )
            for component in range(self.num_components)
        ]
        values = tf.stack(drawn, axis=1)
        ones = [1] * len(self.event_shape)
        picked = tf.reshape(picked, [-1, self.num_components, *ones])
        value = tf.reduce_sum(tf.where(picked > 0.0, values, 0.0), axis=1)
        # The choice has no gradient, and that of the value alone would be wrong.
        return tf.stop_gradient(value)

    def compute_output_spec(self, inputs: keras.KerasTensor) -> keras.KerasTensor:  # noqa: D102
        spec = super().compute_output_spec(inputs)
        dtype = getattr(self.component_layer, "sample_dtype", None)
        if self.convert_to_tensor_fn is tfd.Distribution.sample and dtype:
            return keras.KerasTensor(spec.shape, dtype=dtype)
        return spec

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        config = super().get_config()
        del config["event_shape"]
        component_layer = keras.saving.serialize_keras_object(self.component_layer)
        # It is built with this layer, which must not change the configuration.
        component_layer.pop("build_config", None)
        return {
            **config,
            "num_components": self.num_components,
            "component_layer": component_layer,
        }
