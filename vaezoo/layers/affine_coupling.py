"""The invertible layer of Real NVP."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

# No coupling layer scales a dimension by more than e^2 or less than e^-2: far codes
# early in training cannot blow the density up.
_MAX_LOG_SCALE = 2.0


class AffineCoupling(keras.layers.Layer):
    """Scales and shifts some dimensions by a function of the others.

    Also by a function of features of a condition, where it is built with a size of
    theirs.

    Args:
        kept: Indices of the dimensions that stay as they are.
        changed: Indices of the others.
        hidden_units: Width of the two hidden layers.
        activation: Name of a Keras activation.
        **kwargs: `name` and `dtype`.
    """

    def __init__(
        self,
        kept: np.ndarray,
        changed: np.ndarray,
        hidden_units: int,
        activation: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        self.kept, self.changed = kept, changed
        self._restore = np.argsort(np.concatenate([kept, changed]))
        dtype = self.dtype_policy
        self.network = [
            keras.layers.Dense(hidden_units, activation, name="hidden_0", dtype=dtype),
            keras.layers.Dense(hidden_units, activation, name="hidden_1", dtype=dtype),
            # Zeros: the flow begins as the identity.
            keras.layers.Dense(
                2 * len(changed), kernel_initializer="zeros", name="params", dtype=dtype
            ),
        ]

    def build(self, input_shape: tuple[int | None, ...], feature_size: int = 0) -> None:
        """Makes the weights."""
        shape = (None, len(self.kept) + feature_size)
        for layer in self.network:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.built = True

    def forward(self, z: tf.Tensor, features: tf.Tensor | None = None) -> tf.Tensor:
        """From noise towards z, `(..., event_size)`, features `(..., feature_size)`."""
        kept, changed = self._split(z)
        shift, log_scale = self._parameters(kept, features)
        return self._join(kept, changed * tf.exp(log_scale) + shift)

    def inverse(
        self, z: tf.Tensor, features: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """From z towards noise, and the log of the Jacobian determinant, `(...)`."""
        kept, changed = self._split(z)
        shift, log_scale = self._parameters(kept, features)
        noise = self._join(kept, (changed - shift) * tf.exp(-log_scale))
        return noise, -tf.reduce_sum(log_scale, axis=-1)

    def _parameters(
        self, kept: tf.Tensor, features: tf.Tensor | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        hidden = kept if features is None else tf.concat([kept, features], axis=-1)
        for layer in self.network:
            hidden = layer(hidden)
        shift, raw = tf.split(hidden, 2, axis=-1)
        return shift, _MAX_LOG_SCALE * tf.tanh(raw / _MAX_LOG_SCALE)

    def _split(self, z: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.gather(z, self.kept, axis=-1), tf.gather(z, self.changed, axis=-1)

    def _join(self, kept: tf.Tensor, changed: tf.Tensor) -> tf.Tensor:
        return tf.gather(tf.concat([kept, changed], axis=-1), self._restore, axis=-1)
