"""The logistic distribution of an 8-bit pixel."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers.pixel_levels import HIGHEST, nearest_level, sum_over_numbers

tfb, tfd = tfp.bijectors, tfp.distributions


class QuantizedLogistic(tfd.AutoCompositeTensorDistribution):
    """A logistic variable, rounded to the nearest of the levels 0, 1/255, ... 1.

    Level k has the mass that the logistic distribution gives to what is rounded to it;
    the lowest and the highest level have the whole tail on their side:

        P(k) = F((k + 1/2) / 255) - F((k - 1/2) / 255),
        F(y) = sigmoid((y - loc) / scale)

    `log_prob(x)` is the log-mass of the level nearest to x. With u < v the two edges,
    standardized, it is computed as

        log(sigmoid(v) - sigmoid(u))
            = log sigmoid(v) + log sigmoid(-u) + log(1 - exp(u - v)),

    which loses no digits in the tails nor for scales much wider than a level, where
    the difference itself does.

    Args:
        loc: Location, in the units of pixels scaled to [0, 1].
        scale: Positive scale in the same units.
        validate_args: As for any TFP distribution.
        allow_nan_stats: As for any TFP distribution.
        name: As for any TFP distribution.

    Reference:
        Kingma et al. 2016, "Improved Variational Inference with Inverse Autoregressive
        Flow", section 6.2; Salimans et al. 2017, "PixelCNN++", eq. 2.
    """

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "QuantizedLogistic",
    ) -> None:
        parameters = dict(locals())
        with tf.name_scope(name) as name:
            self._scale = tf.convert_to_tensor(scale, dtype_hint=tf.float32)
            self._loc = tf.convert_to_tensor(loc, self._scale.dtype)
            super().__init__(
                dtype=self._scale.dtype,
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
            "loc": tfp.util.ParameterProperties(),
            "scale": tfp.util.ParameterProperties(
                default_constraining_bijector_fn=tfb.Softplus
            ),
        }

    @property
    def loc(self) -> tf.Tensor:
        """Location of the logistic variable, in the units of pixels in [0, 1]."""
        return self._loc

    @property
    def scale(self) -> tf.Tensor:
        """Scale of the logistic variable, in the same units."""
        return self._scale

    def _event_shape(self) -> tf.TensorShape:
        return tf.TensorShape([])

    def _event_shape_tensor(self) -> tf.Tensor:
        return tf.constant([], tf.int32)

    def _sample_n(self, n: int, seed: Any = None) -> tf.Tensor:
        values = tfd.Logistic(self._loc, self._scale).sample(n, seed=seed)
        return nearest_level(values) / HIGHEST

    def _log_prob(self, value: tf.Tensor) -> tf.Tensor:
        level = nearest_level(tf.convert_to_tensor(value, self.dtype))
        not_lowest, not_highest = level > 0.0, level < HIGHEST
        upper = -tf.nn.softplus(self._above(level + 0.5))
        lower = -tf.nn.softplus(-self._above(level - 0.5))
        width = 1.0 / (HIGHEST * self._scale)
        between = tf.math.log(-tf.math.expm1(-width))
        return (
            tf.where(not_highest, upper, 0.0)
            + tf.where(not_lowest, lower, 0.0)
            + tf.where(not_lowest & not_highest, between, 0.0)
        )

    def _mean(self) -> tf.Tensor:
        # The mean of a whole number is the sum of P(level > k) over k.
        total = sum_over_numbers(
            lambda k: tf.sigmoid(self._above(k + 0.5)), HIGHEST, self._zeros()
        )
        return tf.minimum(total / HIGHEST, 1.0)

    def _variance(self) -> tf.Tensor:
        mean = self._mean() * HIGHEST
        center = tf.stop_gradient(tf.round(mean))

        # E (level - center)^2 from the tails on both sides: no term is negative, so
        # nothing cancels.
        def tail(k: tf.Tensor) -> tf.Tensor:
            weight = 2.0 * (k - center) + 1.0
            above = self._above(k + 0.5)
            return tf.abs(weight) * tf.sigmoid(tf.where(weight > 0.0, above, -above))

        second_moment = sum_over_numbers(tail, HIGHEST, self._zeros())
        variance = second_moment - tf.math.squared_difference(mean, center)
        return tf.maximum(variance, 0.0) / HIGHEST**2

    def _above(self, edge: tf.Tensor) -> tf.Tensor:
        """The logit of the probability of being above an edge, counted in levels."""
        return (self._loc - edge / HIGHEST) / self._scale

    def _zeros(self) -> tf.Tensor:
        return tf.zeros_like(self._loc + self._scale)

    def _default_event_space_bijector(self) -> None:
        return None

    def _parameter_control_dependencies(self, is_init: bool) -> list[tf.Operation]:
        if not self.validate_args or not is_init:
            return []
        message = "Argument `scale` must be positive."
        return [tf.debugging.assert_positive(self._scale, message=message)]
