"""The head of independent logistic variables."""

from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers.independent_location_scale import IndependentLocationScale

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class IndependentLogistic(IndependentLocationScale):
    """Independent logistic variables, each with its own location and scale.

    `tfp.layers.IndependentLogistic` for Keras 3. The parameters are all locations, then
    all raw scales; the scale is softplus(raw), held between `min_scale` and
    `max_scale`. (The standard deviation is pi / sqrt(3) times the scale.)

    A convolutional decoder gives the parameters of a pixel side by side instead: for
    its images, take `DiscretizedLogistic`.

    Args:
        event_shape: Shape of one event; an integer stands for a vector.
        convert_to_tensor_fn: See `DistributionLayer`.
        validate_args: See `DistributionLayer`.
        min_scale: Lower bound of the scale.
        max_scale: Upper bound of the scale.
        **kwargs: See `DistributionLayer`.

    Input shape:
        `(..., 2 * number of elements of an event)`.

    Output shape:
        `tfd.Independent` of `tfd.Logistic`, batch shape `(...)`.

    Raises:
        ValueError: If `event_shape` is not made of positive integers, or the bounds are
            not `0 < min_scale < max_scale`.
    """

    family = tfd.Logistic

    def noise(  # noqa: D102
        self,
        seeds: tf.Tensor,
        shape: Sequence[int],
        stream: int,
        start: int | tf.Tensor = 0,
    ) -> tf.Tensor:
        uniform = random.uniform(seeds, shape, stream, start)
        return tf.math.log(uniform) - tf.math.log1p(-uniform)
