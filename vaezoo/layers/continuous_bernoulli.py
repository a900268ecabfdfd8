"""The continuous Bernoulli head, for grey pixels."""

from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers.distribution_layer import DistributionLayer
from vaezoo.layers.event_shape import number_of_elements, shape_events
from vaezoo.layers.pixel_kind import PixelKind

tfd = tfp.distributions

# Means that `initial_params` asks for, and logits that are surely beyond them: the mean
# is about 1 / |logit| away from an edge. A decoder that starts further out must learn
# outputs of hundreds to come back.
_LEAST_MEAN = 0.02
_MOST_LOGIT = 2.0 / _LEAST_MEAN


@keras.saving.register_keras_serializable(package="vaezoo")
class ContinuousBernoulli(DistributionLayer):
    """Independent continuous Bernoulli variables, a likelihood of pixels in [0, 1].

    What binary cross-entropy on grey pixels lacks to be a log-likelihood is the
    normalizing constant: density(x) = C(l) p^x (1 - p)^(1 - x) with p = sigmoid(l). The
    parameters are the logits l. The mean is not p, which is further from 1/2.

    A density has no upper bound: where pixels are exactly 0 or 1, as on a black
    background, it grows with the logit, and nats or bits/dim cannot be compared with
    those of the 256 levels.

    Args:
        event_shape: Shape of one event, such as `(28, 28, 1)`.
        convert_to_tensor_fn: See `DistributionLayer`.
        validate_args: See `DistributionLayer`.
        **kwargs: See `DistributionLayer`.

    Input shape:
        `(..., number of elements of an event)`.

    Output shape:
        `tfd.Independent` of `tfd.ContinuousBernoulli`, batch shape `(...)`.

    Raises:
        ValueError: If `event_shape` is not made of positive integers.

    Reference:
        Loaiza-Ganem & Cunningham 2019, "The continuous Bernoulli: fixing a pervasive
        error in variational autoencoders".
    """

    @classmethod
    def params_size(cls, event_shape: int | Sequence[int]) -> int:  # noqa: D102
        return number_of_elements(event_shape)

    @property
    def pixel_kind(self) -> PixelKind:  # noqa: D102
        return PixelKind.DENSITY

    def distribution(self, params: tf.Tensor) -> tfd.Independent:  # noqa: D102
        logits = shape_events(params, self.event_shape)
        return tfd.Independent(
            tfd.ContinuousBernoulli(logits=logits, dtype=params.dtype),
            reinterpreted_batch_ndims=len(self.event_shape),
            validate_args=self.validate_args,
        )

    def initial_params(self, mean: tf.Tensor) -> tf.Tensor:  # noqa: D102
        # The mean has no inverse in closed form; it rises with the logit: bisection.
        mean = tf.cast(mean, tf.float64)
        target = tf.clip_by_value(mean, _LEAST_MEAN, 1.0 - _LEAST_MEAN)
        logits, step = tf.zeros_like(target), _MOST_LOGIT / 2.0
        while step > 1e-6:
            middle = tfd.ContinuousBernoulli(logits=logits, dtype=tf.float64).mean()
            logits += step * tf.sign(target - middle)
            step /= 2.0
        return tf.cast(logits, tf.float32)

    def draw(  # noqa: D102
        self, distribution: tfd.Distribution, seeds: tf.Tensor, stream: int
    ) -> tf.Tensor:
        uniform = random.uniform(seeds, self.event_shape, stream)
        pixels = distribution.distribution
        return pixels.quantile(tf.cast(uniform, pixels.dtype))
