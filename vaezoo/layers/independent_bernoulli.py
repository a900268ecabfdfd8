"""The Bernoulli head, for binary pixels."""

from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers.discrete_layer import DiscreteLayer
from vaezoo.layers.event_shape import number_of_elements, shape_events
from vaezoo.layers.pixel_kind import PixelKind

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class IndependentBernoulli(DiscreteLayer):
    """Independent Bernoulli variables, the likelihood of binary images.

    The parameters are the logits.

    Args:
        event_shape: Shape of one event, such as `(28, 28, 1)`.
        convert_to_tensor_fn: See `DistributionLayer`.
        sample_dtype: dtype of samples; that of the parameters by default.
        validate_args: See `DistributionLayer`.
        **kwargs: See `DistributionLayer`.

    Input shape:
        `(..., number of elements of an event)`.

    Output shape:
        `tfd.Independent` of `tfd.Bernoulli`, batch shape `(...)`.

    Raises:
        ValueError: If `event_shape` is not made of positive integers.
    """

    @classmethod
    def params_size(cls, event_shape: int | Sequence[int] = ()) -> int:  # noqa: D102
        return number_of_elements(event_shape)

    def distribution(self, params: tf.Tensor) -> tfd.Independent:  # noqa: D102
        logits = shape_events(params, self.event_shape)
        return tfd.Independent(
            tfd.Bernoulli(logits=logits, dtype=self.sample_dtype or params.dtype),
            reinterpreted_batch_ndims=len(self.event_shape),
            validate_args=self.validate_args,
        )

    @property
    def pixel_kind(self) -> PixelKind:
        """Pixels between 0 and 1 are probabilities, to be binarized first."""
        return PixelKind.BINARY

    def initial_params(self, mean: tf.Tensor) -> tf.Tensor:  # noqa: D102
        # A pixel that is never on would get an infinite logit.
        probability = tf.clip_by_value(mean, 1e-3, 1.0 - 1e-3)
        return tf.math.log(probability) - tf.math.log1p(-probability)

    def draw(  # noqa: D102
        self, distribution: tfd.Distribution, seeds: tf.Tensor, stream: int
    ) -> tf.Tensor:
        return random.bernoulli(seeds, distribution.mean(), stream)

    def log_prob(self, distribution: tfd.Distribution, value: tf.Tensor) -> tf.Tensor:
        """Sum of `x * logit - softplus(logit)`, in nats."""
        logits = distribution.distribution.logits
        axes = list(range(-len(self.event_shape), 0))
        elements = tf.cast(value, logits.dtype) * logits - tf.nn.softplus(logits)
        return tf.reduce_sum(elements, axes)

    def log_prob_of_samples(self, params: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
        """Sum of `x * logit - softplus(logit)`, with the softplus of many at once.

        softplus(l) is max(l, 0) + log(1 + exp(-|l|)); the logs of up to 98 of these
        numbers between 1 and 2 are the log of their product, at most 2**98.
        """
        if type(self) is not IndependentBernoulli:  # It may have another `log_prob`.
            return super().log_prob_of_samples(params, value)
        logits = tf.cast(params, self.density_dtype)
        size, group = self.num_params, _group_size(self.num_params)
        factors = tf.reshape(1.0 + tf.exp(-tf.abs(logits)), [-1, size // group, group])
        remainder = tf.reduce_sum(tf.math.log(tf.reduce_prod(factors, -1)), -1)
        x = tf.cast(tf.reshape(value, [-1, size]), logits.dtype)
        logits = tf.reshape(logits, [-1, tf.shape(x)[0], size])
        linear = tf.reduce_sum(x * logits - tf.maximum(logits, 0.0), -1)
        return linear - tf.reshape(remainder, tf.shape(linear))


def _group_size(size: int) -> int:
    """The largest divisor of `size` that is at most 98."""
    return next(n for n in range(98, 0, -1) if size % n == 0)
