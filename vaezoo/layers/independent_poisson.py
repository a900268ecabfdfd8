"""The Poisson head, for counts."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers.distribution_layer import DistributionLayer
from vaezoo.layers.event_shape import number_of_elements, shape_events
from vaezoo.layers.poisson_quantile import poisson_quantile

tfd = tfp.distributions

# Rates from 4e-18 to 2e17: no density of float32 is infinite.
_MAX_LOG_RATE = 40.0


@keras.saving.register_keras_serializable(package="vaezoo")
class IndependentPoisson(DistributionLayer):
    """Independent Poisson variables, a likelihood of counts.

    `tfp.layers.IndependentPoisson` for Keras 3. The parameters are the logarithms of
    the rates, held between -40 and 40.

    Args:
        event_shape: Shape of one event; an integer stands for a vector.
        convert_to_tensor_fn: See `DistributionLayer`.
        validate_args: See `DistributionLayer`.
        **kwargs: See `DistributionLayer`.

    Input shape:
        `(..., number of elements of an event)`.

    Output shape:
        `tfd.Independent` of `tfd.Poisson`, batch shape `(...)`.

    Raises:
        ValueError: If `event_shape` is not made of positive integers.
    """

    def __init__(
        self,
        event_shape: int | Sequence[int] = (),
        convert_to_tensor_fn: str | Callable = "sample",
        validate_args: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(event_shape, convert_to_tensor_fn, validate_args, **kwargs)

    @classmethod
    def params_size(cls, event_shape: int | Sequence[int] = ()) -> int:  # noqa: D102
        return number_of_elements(event_shape)

    def distribution(self, params: tf.Tensor) -> tfd.Independent:  # noqa: D102
        log_rate = tf.clip_by_value(params, -_MAX_LOG_RATE, _MAX_LOG_RATE)
        return tfd.Independent(
            tfd.Poisson(
                log_rate=shape_events(log_rate, self.event_shape),
                validate_args=self.validate_args,
            ),
            reinterpreted_batch_ndims=len(self.event_shape),
            validate_args=self.validate_args,
        )

    def initial_params(self, mean: tf.Tensor) -> tf.Tensor:  # noqa: D102
        # A count that never occurs would get a rate of zero.
        return tf.math.log(tf.maximum(mean, 1e-3))

    def draw(  # noqa: D102
        self, distribution: tfd.Distribution, seeds: tf.Tensor, stream: int
    ) -> tf.Tensor:
        rate = distribution.mean()
        uniform = random.uniform(seeds, (number_of_elements(self.event_shape),), stream)
        uniform = shape_events(tf.cast(uniform, rate.dtype), self.event_shape)
        return tf.stop_gradient(poisson_quantile(uniform, rate))
