"""The standard Gaussian prior."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers.prior import Prior
from vaezoo.layers.tensor_like import as_tensor_like

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class StandardNormal(Prior):
    """The prior N(0, I) of Kingma & Welling 2014. It has no weights.

    Args:
        event_size: Number of latent dimensions.
        **kwargs: `name`, `dtype`, as for any Keras layer.

    Input shape:
        `(batch, ...)`.

    Output shape:
        `tfd.MultivariateNormalDiag` with batch shape `(batch,)`.

    Raises:
        ValueError: If `event_size` is not a positive integer.
    """

    def distribution(self) -> tfd.MultivariateNormalDiag:
        """N(0, I), with an empty batch shape."""
        return self._standard_normal([self.event_size])

    def call(self, inputs: tf.Tensor) -> tfd.MultivariateNormalDiag:
        """N(0, I) for each row of `inputs`."""
        shape = tf.stack([tf.shape(inputs)[0], self.event_size])
        return as_tensor_like(self._standard_normal(shape))

    def draw(self, seeds: tf.Tensor, stream: int) -> tf.Tensor:  # noqa: D102
        return random.normal(seeds, self.event_shape, stream)

    def _standard_normal(self, shape: list | tf.Tensor) -> tfd.MultivariateNormalDiag:
        dtype = "float64" if self.variable_dtype == "float64" else "float32"
        return tfd.MultivariateNormalDiag(
            loc=tf.zeros(shape, dtype), scale_diag=tf.ones(shape, dtype)
        )
