"""Noise through coupling layers, as a distribution of TFP."""

from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers.affine_coupling import AffineCoupling

tfb, tfd = tfp.bijectors, tfp.distributions


def coupling_flow(
    noise: tfd.Distribution, couplings: list[AffineCoupling]
) -> tfd.TransformedDistribution:
    """What noise becomes by coupling layers, one after the other.

    Args:
        noise: The distribution of the noise, of events `(event_size,)`.
        couplings: The coupling layers, in the order from noise to z.

    Returns:
        A distribution of the batch shape of the noise.
    """
    return _Flow(noise, _Couplings(couplings))


def make_couplings(
    event_size: int, count: int, hidden_units: int, activation: str, variable_dtype: str
) -> list[AffineCoupling]:
    """Coupling layers that take turns with the dimensions they change, not yet built.

    Args:
        event_size: Number of dimensions, at least 2.
        count: Number of layers.
        hidden_units: Width of the hidden layers of each.
        activation: Name of a Keras activation.
        variable_dtype: That of the layer they belong to; they have float32 or float64,
            as half precision would not do for a density.

    Raises:
        ValueError: If `event_size` is 1.
    """
    if event_size < 2:
        raise ValueError(
            "Expected at least 2 latent dimensions: a coupling layer makes one half of "
            f"the other. Received: event_size={event_size}"
        )
    dtype = "float64" if variable_dtype == "float64" else "float32"
    return [
        AffineCoupling(
            *split, hidden_units, activation, name=f"coupling_{i}", dtype=dtype
        )
        for i, split in enumerate(_splits(event_size, count))
    ]


def send_forward(couplings: list[AffineCoupling], noise: tf.Tensor) -> tf.Tensor:
    """What noise becomes, `(..., event_size)`."""
    z = tf.cast(noise, couplings[0].compute_dtype)
    for coupling in couplings:
        z = coupling.forward(z)
    return z


class _Flow(tfd.TransformedDistribution):
    """A flow whose density takes one pass instead of TFP's two.

    TFP asks a bijector for the inverse and for its Jacobian, each a pass of its own.
    """

    def _log_prob(self, value: tf.Tensor) -> tf.Tensor:
        noise, log_det = self.bijector.to_noise(value)
        return self.distribution.log_prob(noise) + log_det


class _Couplings(tfb.Bijector):
    """Coupling layers, one after the other, as a bijector of TFP."""

    def __init__(self, couplings: list[AffineCoupling]) -> None:
        self.couplings = couplings
        super().__init__(
            forward_min_event_ndims=1,
            dtype=tf.as_dtype(couplings[0].compute_dtype),
            parameters={"couplings": couplings},
            name="couplings",
        )

    def to_noise(self, z: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The noise behind z, and the log of the Jacobian determinant there."""
        # Dense layers take any rank, but are fastest on matrices.
        noise = tf.reshape(z, [-1, z.shape[-1]])
        log_det = tf.zeros(tf.shape(noise)[:-1], z.dtype)
        for coupling in reversed(self.couplings):
            noise, more = coupling.inverse(noise)
            log_det += more
        shape = tf.shape(z)
        return tf.reshape(noise, shape), tf.reshape(log_det, shape[:-1])

    def _forward(self, x: tf.Tensor) -> tf.Tensor:
        z = send_forward(self.couplings, tf.reshape(x, [-1, x.shape[-1]]))
        return tf.reshape(z, tf.shape(x))

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        return self.to_noise(y)[0]

    def _inverse_log_det_jacobian(self, y: tf.Tensor) -> tf.Tensor:
        return self.to_noise(y)[1]

    @classmethod
    def _parameter_properties(cls, dtype: Any) -> dict[str, Any]:
        return {}


def _splits(size: int, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Which dimensions each of `count` coupling layers keeps, and which it changes."""
    index = np.arange(size)
    halves = index[: size // 2], index[size // 2 :]
    parity = index[0::2], index[1::2]
    turns = [halves, halves[::-1], parity, parity[::-1]]
    return [turns[i % len(turns)] for i in range(count)]
