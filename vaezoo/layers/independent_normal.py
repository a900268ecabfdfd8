"""The head of independent normal variables."""

from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_probability as tfp

import vaezoo.layers.independent_normal_kl  # noqa: F401  registers the divergence
from vaezoo import random
from vaezoo.layers.independent_location_scale import IndependentLocationScale

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class IndependentNormal(IndependentLocationScale):
    """Independent normal variables, each with its own location and scale.

    `tfp.layers.IndependentNormal` for Keras 3: a posterior over vectors, or a
    likelihood of real numbers. The parameters are all locations, then all raw scales;
    the scale is softplus(raw), held between `min_scale` and `max_scale`. The KL
    divergence to `StandardNormal` is exact.

    A convolutional decoder gives the parameters of a pixel side by side instead: for
    its images, take `NormalPixels`, `NormalLearnedScale` or `DiscretizedLogistic`.

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
        `tfd.Independent` of `tfd.Normal`, batch shape `(...)`.

    Raises:
        ValueError: If `event_shape` is not made of positive integers, or the bounds are
            not `0 < min_scale < max_scale`.

    Example:
        >>> model = keras.Sequential([
        ...     keras.Input((5,)),
        ...     keras.layers.Dense(IndependentNormal.params_size(3)),
        ...     IndependentNormal(3),
        ... ])
        >>> model(tf.zeros((2, 5))).batch_shape
        TensorShape([2])
    """

    family = tfd.Normal

    def noise(  # noqa: D102
        self,
        seeds: tf.Tensor,
        shape: Sequence[int],
        stream: int,
        start: int | tf.Tensor = 0,
    ) -> tf.Tensor:
        return random.normal(seeds, shape, stream, start)
