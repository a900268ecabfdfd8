"""A normalizing flow as a prior that depends on the condition."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.integers import check_count
from vaezoo.layers.coupling_flow import coupling_flow, make_couplings, send_forward
from vaezoo.models.conditional_normal import ConditionalNormal

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class ConditionalRealNVP(ConditionalNormal):
    """p(z|y): a Gaussian and affine coupling layers that depend on the condition.

    The Gaussian is that of `ConditionalNormal`; its hidden layers also tell the
    coupling layers, those of `RealNVP`, what the condition is. It begins as N(0, I) for
    every condition. Without it, z of a flow that does not know y keeps what y says
    already, and a sample of the prior may contradict its condition.

    Args:
        event_size: Number of latent dimensions, at least 2.
        hidden_units: Width of each hidden layer of the network of the condition.
        activation: Name of a Keras activation, of that network.
        num_couplings: Number of coupling layers.
        coupling_units: Width of the two hidden layers of each coupling layer's network.
        coupling_activation: Name of a Keras activation, of those networks.
        **kwargs: `name`, `dtype`, `trainable`, as for any Keras layer.

    Input shape:
        `(batch, ...)`, the features of the condition.

    Output shape:
        A `tfd.TransformedDistribution` of batch shape `(batch,)`.

    Raises:
        ValueError: If a size is not a positive integer, or `event_size` is 1.

    Reference:
        Sohn et al. 2015, eq. 4; Dinh et al. 2017, "Density Estimation Using Real NVP",
        eq. 7 and 8.
    """

    def __init__(
        self,
        event_size: int,
        hidden_units: Sequence[int] = (64,),
        activation: str = "tanh",
        num_couplings: int = 6,
        coupling_units: int = 96,
        coupling_activation: str = "silu",
        **kwargs: Any,
    ) -> None:
        super().__init__(event_size, hidden_units, activation, **kwargs)
        self.num_couplings = check_count("num_couplings", num_couplings, least=1)
        self.coupling_units = check_count("coupling_units", coupling_units, least=1)
        self.coupling_activation = coupling_activation
        self.couplings = make_couplings(
            self.event_size,
            self.num_couplings,
            self.coupling_units,
            coupling_activation,
            self.variable_dtype,
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the weights."""
        super().build(input_shape)
        # The last layer of the network makes the Gaussian of what the others say.
        feature_size = self.network[-1].kernel.shape[0]
        for coupling in self.couplings:
            coupling.build((None, self.event_size), feature_size)

    def distribution(self, features: tf.Tensor) -> tfd.TransformedDistribution:
        """p(z|y) of each row of `features`."""
        hidden = self.hidden(features)
        return coupling_flow(self.gaussian(hidden), self.couplings, hidden)

    def draw(self, seeds: tf.Tensor, stream: int, features: tf.Tensor) -> tf.Tensor:  # noqa: D102
        hidden = self.hidden(features)
        z = self.head.draw(self.gaussian(hidden), seeds, stream)
        return tf.cast(send_forward(self.couplings, z, hidden), tf.float32)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "num_couplings": self.num_couplings,
            "coupling_units": self.coupling_units,
            "coupling_activation": self.coupling_activation,
        }
