"""A prior that depends on the condition."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers import MultivariateNormalDiag
from vaezoo.layers.event_shape import check_event_size
from vaezoo.networks.arguments import check_layer_sizes

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class ConditionalNormal(keras.layers.Layer):
    """p(z|y), a diagonal Gaussian that a small dense network makes of the condition.

    It begins as N(0, I) for every condition (Sohn et al. 2015, eq. 4).

    Args:
        event_size: Number of latent dimensions.
        hidden_units: Width of each hidden layer.
        activation: Name of a Keras activation.
        **kwargs: `name`, `dtype`, `trainable`, as for any Keras layer.

    Input shape:
        `(batch, ...)`, the features of the condition.

    Output shape:
        `tfd.MultivariateNormalDiag` of batch shape `(batch,)`.

    Raises:
        ValueError: If a size is not a positive integer.
    """

    def __init__(
        self,
        event_size: int,
        hidden_units: Sequence[int] = (64,),
        activation: str = "tanh",
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("autocast", False)
        super().__init__(**kwargs)
        self.event_size = check_event_size(event_size)
        self.hidden_units = check_layer_sizes("hidden_units", hidden_units)
        self.activation = activation
        dtype = self.dtype_policy
        outputs = MultivariateNormalDiag.params_size(self.event_size)
        self.network = [
            keras.layers.Flatten(name="flatten", dtype=dtype),
            *(
                keras.layers.Dense(units, activation, name=f"hidden_{i}", dtype=dtype)
                for i, units in enumerate(self.hidden_units)
            ),
            keras.layers.Dense(
                outputs, kernel_initializer="zeros", name="params", dtype=dtype
            ),
        ]
        self.head = MultivariateNormalDiag(self.event_size, name="head", dtype=dtype)

    @property
    def event_shape(self) -> tuple[int]:
        """Shape of one latent vector."""
        return (self.event_size,)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the weights."""
        shape = tuple(input_shape)
        for layer in [*self.network, self.head]:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)

    def distribution(self, features: tf.Tensor) -> tfd.MultivariateNormalDiag:
        """p(z|y) of each row of `features`."""
        return self.gaussian(self.hidden(features))

    def gaussian(self, hidden: tf.Tensor) -> tfd.MultivariateNormalDiag:
        """The Gaussian that the last layer makes of what the hidden layers say."""
        return self.head(self.network[-1](hidden))

    def hidden(self, features: tf.Tensor) -> tf.Tensor:
        """What the hidden layers make of `features`, `(batch, units)`."""
        for layer in self.network[:-1]:
            features = layer(features)
        return features

    def draw(self, seeds: tf.Tensor, stream: int, features: tf.Tensor) -> tf.Tensor:
        """One latent vector a row by the counter-based generator of `vaezoo.random`.

        Args:
            seeds: int64 `(batch,)`, one seed a row.
            stream: Stream of the generator.
            features: Features of the condition, `(batch, ...)`.

        Returns:
            float32 `(batch, event_size)`.
        """
        return self.head.draw(self.distribution(features), seeds, stream)

    def call(self, inputs: tf.Tensor) -> tfd.MultivariateNormalDiag:
        """p(z|y) of each row of `inputs`."""
        return self.distribution(inputs)

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, int]:
        """`(batch, event_size)`."""
        return (input_shape[0], self.event_size)

    def compute_output_spec(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """One latent vector a row, as Keras sees it."""
        shape = self.compute_output_shape(inputs.shape)
        return keras.KerasTensor(shape, dtype=self.head.density_dtype)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "event_size": self.event_size,
            "hidden_units": list(self.hidden_units),
            "activation": self.activation,
        }
