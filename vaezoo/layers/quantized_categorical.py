"""The 256-way categorical distribution of an 8-bit pixel."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers.pixel_levels import HIGHEST, LEVELS, nearest_level

tfd = tfp.distributions


class QuantizedCategorical(tfd.AutoCompositeTensorDistribution):
    """A mass of its own for each of the levels 0, 1/255, ... 1.

    `log_prob(x)` is the log-mass of the level nearest to x.

    Args:
        logits: Unnormalized log-masses, `(..., 256)`.
        validate_args: As for any TFP distribution.
        allow_nan_stats: As for any TFP distribution.
        name: As for any TFP distribution.

    Reference:
        van den Oord et al. 2016, "Pixel Recurrent Neural Networks", section 3.4.
    """

    def __init__(
        self,
        logits: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "QuantizedCategorical",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name) as name:
            self._logits = tf.convert_to_tensor(logits, dtype_hint=tf.float32)
            super().__init__(
                dtype=self._logits.dtype,
                reparameterization_type=tfd.NOT_REPARAMETERIZED,
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                parameters=parameters,
                name=name,
            )

    @classmethod
    def _parameter_properties(
        cls, dtype: tf.DType, num_classes: int | None = None
    ) -> dict[str, Any]:
        return {
            "logits": tfp.util.ParameterProperties(
                event_ndims=1,
                shape_fn=lambda shape: tf.concat([shape, [LEVELS]], axis=0),
            )
        }

    @property
    def logits(self) -> tf.Tensor:
        """Unnormalized log-masses, `(..., 256)`."""
        return self._logits

    def probs_parameter(self) -> tf.Tensor:
        """The masses, `(..., 256)`."""
        return tf.nn.softmax(self._logits)

    def _event_shape(self) -> tf.TensorShape:
        return tf.TensorShape([])

    def _event_shape_tensor(self) -> tf.Tensor:
        return tf.constant([], tf.int32)

    def _sample_n(self, n: int, seed: Any = None) -> tf.Tensor:
        level = self._categorical().sample(n, seed=seed)
        return tf.cast(level, self.dtype) / HIGHEST

    def _log_prob(self, value: tf.Tensor) -> tf.Tensor:
        level = nearest_level(tf.convert_to_tensor(value, self.dtype))
        return self._categorical().log_prob(tf.cast(level, tf.int32))

    def _mean(self) -> tf.Tensor:
        mean = tf.tensordot(self.probs_parameter(), self._pixels(), axes=1)
        return tf.minimum(mean, 1.0)

    def _variance(self) -> tf.Tensor:
        squares = tf.math.squared_difference(self._pixels(), self._mean()[..., None])
        return tf.reduce_sum(self.probs_parameter() * squares, axis=-1)

    def _mode(self) -> tf.Tensor:
        return tf.cast(tf.argmax(self._logits, axis=-1), self.dtype) / HIGHEST

    def _entropy(self) -> tf.Tensor:
        return self._categorical().entropy()

    def _categorical(self) -> tfd.Categorical:
        return tfd.Categorical(logits=self._logits)

    def _pixels(self) -> tf.Tensor:
        return tf.range(LEVELS, dtype=self.dtype) / HIGHEST

    def _default_event_space_bijector(self) -> None:
        return None
