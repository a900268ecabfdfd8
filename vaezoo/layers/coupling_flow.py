"""Noise through coupling layers, as a distribution of TFP."""

from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers.affine_coupling import AffineCoupling

tfb, tfd = tfp.bijectors, tfp.distributions


def coupling_flow(
    noise: tfd.Distribution,
    couplings: list[AffineCoupling],
    features: tf.Tensor | None = None,
) -> tfd.TransformedDistribution:
    """What noise becomes by coupling layers, one after the other.

    Args:
        noise: The distribution of the noise, of events `(event_size,)`.
        couplings: The coupling layers, in the order from noise to z.
        features: What they are given beside the noise, `(batch, feature_size)`, if
            anything; the noise then has the batch shape `(batch,)`.

    Returns:
        A distribution of the batch shape of the noise.
    """
    # A short name: it stands before that of each operation of an exported graph.
    return _Flow(noise, _Couplings(couplings, features), name="flow")


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


def send_forward(
    couplings: list[AffineCoupling],
    noise: tf.Tensor,
    features: tf.Tensor | None = None,
) -> tf.Tensor:
    """What noise becomes, `(..., event_size)`, given features `(..., feature_size)`."""
    z = tf.cast(noise, couplings[0].compute_dtype)
    if features is not None:
        features = tf.cast(features, z.dtype)
    for coupling in couplings:
        z = coupling.forward(z, features)
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

    def __init__(
        self, couplings: list[AffineCoupling], features: tf.Tensor | None
    ) -> None:
        self.couplings = couplings
        self.features = features
        super().__init__(
            forward_min_event_ndims=1,
            dtype=tf.as_dtype(couplings[0].compute_dtype),
            parameters={"couplings": couplings, "features": features},
            name="couplings",
        )

    def to_noise(self, z: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The noise behind z, and the log of the Jacobian determinant there."""
        noise, features, shape = self._as_rows(z)
        log_det = tf.zeros(tf.shape(noise)[:-1], z.dtype)
        for coupling in reversed(self.couplings):
            noise, more = coupling.inverse(noise, features)
            log_det += more
        return tf.reshape(noise, shape), tf.reshape(log_det, shape[:-1])

    def _forward(self, x: tf.Tensor) -> tf.Tensor:
        noise, features, shape = self._as_rows(x)
        return tf.reshape(send_forward(self.couplings, noise, features), shape)

    def _as_rows(
        self, values: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor | None, tf.Tensor]:
        """Values and features, row by row, and the shape of the values with those.

        Dense layers take any rank, but are fastest on matrices.
        """
        features, shape = self.features, tf.shape(values)
        if features is not None:
            batch = tf.broadcast_dynamic_shape(shape[:-1], tf.shape(features)[:-1])
            features = tf.broadcast_to(
                features, tf.concat([batch, tf.shape(features)[-1:]], axis=0)
            )
            features = tf.reshape(features, [-1, features.shape[-1]])
            shape = tf.concat([batch, shape[-1:]], axis=0)
            values = tf.broadcast_to(values, shape)
            features = tf.cast(features, values.dtype)
        return tf.reshape(values, [-1, values.shape[-1]]), features, shape

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
