"""The 256-way categorical head, for 8-bit pixels."""

from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers.distribution_layer import DistributionLayer
from vaezoo.layers.event_shape import number_of_elements, shape_events
from vaezoo.layers.inverse_cdf import draw_category
from vaezoo.layers.logistic_params import bounded_logistic, raw_logistic
from vaezoo.layers.pixel_kind import PixelKind
from vaezoo.layers.pixel_levels import HIGHEST, LEVELS, inside
from vaezoo.layers.quantized_categorical import QuantizedCategorical
from vaezoo.layers.quantized_logistic import QuantizedLogistic

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class Categorical256(DistributionLayer):
    """A 256-way categorical for each pixel and channel: a likelihood of 8-bit images.

    It can take any shape, and knows nothing of which levels lie close together. The
    parameters are the logits of the levels, `(*event_shape, 256)` in a row.

    `log_prob` takes images in [0, 1] and is the log-mass of the nearest of the 256
    levels, in nats, so that bits/dim follow without a correction.

    Args:
        event_shape: Shape of one event, such as `(28, 28, 1)`.
        convert_to_tensor_fn: See `DistributionLayer`.
        validate_args: See `DistributionLayer`.
        **kwargs: See `DistributionLayer`.

    Input shape:
        `(..., 256 * number of elements of an event)`.

    Output shape:
        `tfd.Independent` of `QuantizedCategorical`, batch shape `(...)`.

    Raises:
        ValueError: If `event_shape` is not made of positive integers.

    Reference:
        van den Oord et al. 2016, "Pixel Recurrent Neural Networks", section 3.4.
    """

    @classmethod
    def params_size(cls, event_shape: int | Sequence[int]) -> int:  # noqa: D102
        return LEVELS * number_of_elements(event_shape)

    @property
    def pixel_kind(self) -> PixelKind:  # noqa: D102
        return PixelKind.LEVELS

    def distribution(self, params: tf.Tensor) -> tfd.Independent:  # noqa: D102
        logits = shape_events(params, (*self.event_shape, LEVELS))
        return tfd.Independent(
            QuantizedCategorical(logits),
            reinterpreted_batch_ndims=len(self.event_shape),
            validate_args=self.validate_args,
        )

    def initial_params(self, mean: tf.Tensor) -> tf.Tensor:
        """The log-masses of a discretized logistic of that mean.

        Args:
            mean: Float tensor of the event shape, in [0, 1].

        Returns:
            Float tensor `(*event_shape, 256)`.
        """
        bounds = (1e-6, 1.0)
        loc, scale = bounded_logistic(*raw_logistic(inside(mean), *bounds), *bounds)
        pixels = QuantizedLogistic(loc[..., None], scale[..., None])
        return pixels.log_prob(tf.range(LEVELS, dtype=mean.dtype) / HIGHEST)

    def draw(  # noqa: D102
        self, distribution: tfd.Distribution, seeds: tf.Tensor, stream: int
    ) -> tf.Tensor:
        logits = distribution.distribution.logits
        uniform = tf.cast(random.uniform(seeds, self.event_shape, stream), logits.dtype)
        return tf.cast(draw_category(logits, uniform), logits.dtype) / HIGHEST
