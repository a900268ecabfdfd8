"""A learned prior: Gaussian noise through affine coupling layers."""

from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.integers import check_count
from vaezoo.layers.coupling_flow import coupling_flow, make_couplings, send_forward
from vaezoo.layers.prior import Prior

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class RealNVP(Prior):
    """A prior as flexible as the aggregate posterior needs it: a normalizing flow.

    Noise e ~ N(0, I) becomes z by `num_couplings` affine coupling layers: each leaves
    one half of the dimensions as they are and scales and shifts the other half by what
    a small dense network makes of the first. The halves take turns: first and second
    half, even and odd dimensions. Density and samples both cost one pass. It begins as
    N(0, I) exactly, and costs an MNIST model a few nats less than N(0, I): the
    posteriors no longer have to add up to a Gaussian.

    A dimension by itself says little under such a prior, so that the KL divergence is
    that of all dimensions together, by Monte Carlo.

    Args:
        event_size: Number of latent dimensions, at least 2.
        num_couplings: Number of coupling layers.
        hidden_units: Width of the two hidden layers of each coupling layer's network.
        activation: Name of a Keras activation.
        **kwargs: `name`, `dtype`, `trainable`, as for any Keras layer. Densities are
            computed in float32 under mixed precision.

    Input shape:
        `(batch, ...)`.

    Output shape:
        A `tfd.TransformedDistribution` with batch shape `(batch,)`.

    Raises:
        ValueError: If a size is not a positive integer, or `event_size` is 1.

    Reference:
        Dinh et al. 2017, "Density Estimation Using Real NVP", eq. 7 and 8; as a prior:
        Chen et al. 2017, "Variational Lossy Autoencoder", section 3.2.
    """

    def __init__(
        self,
        event_size: int,
        num_couplings: int = 6,
        hidden_units: int = 96,
        activation: str = "silu",
        **kwargs: Any,
    ) -> None:
        super().__init__(event_size, **kwargs)
        self.num_couplings = check_count("num_couplings", num_couplings, least=1)
        self.hidden_units = check_count("hidden_units", hidden_units, least=1)
        self.activation = activation
        self.couplings = make_couplings(
            self.event_size,
            self.num_couplings,
            self.hidden_units,
            activation,
            self.variable_dtype,
        )

    def build(self, input_shape: tuple[int | None, ...] | None = None) -> None:
        """Makes the weights."""
        for coupling in self.couplings:
            coupling.build((None, self.event_size))
        self.built = True

    def distribution(self) -> tfd.TransformedDistribution:
        """p(z), with an empty batch shape."""
        dtype = self.couplings[0].compute_dtype
        noise = tfd.MultivariateNormalDiag(
            tf.zeros([self.event_size], dtype), tf.ones([self.event_size], dtype)
        )
        return coupling_flow(noise, self.couplings)

    def draw(self, seeds: tf.Tensor, stream: int) -> tf.Tensor:  # noqa: D102
        z = random.normal(seeds, self.event_shape, stream)
        return tf.cast(send_forward(self.couplings, z), tf.float32)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "num_couplings": self.num_couplings,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
        }
