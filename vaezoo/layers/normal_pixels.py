"""The Gaussian head with a scale for each pixel."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers.distribution_layer import DistributionLayer
from vaezoo.layers.event_shape import number_of_elements, shape_events
from vaezoo.layers.pixel_kind import PixelKind
from vaezoo.layers.pixel_levels import inside
from vaezoo.layers.scale_bounds import check_scale_bounds

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class NormalPixels(DistributionLayer):
    """Gaussian pixels, each with a mean and a scale that the decoder gives (AEVB).

    Each element has two parameters side by side, the logit of the mean and the raw
    scale, `(*event_shape, 2)` in a row. The mean passes through a sigmoid, because
    pixels lie in [0, 1]. The scale is `min_scale + softplus(raw)`, at most `max_scale`.

    The default `min_scale`, exp(-6), is 0.63 of the 256 levels of a pixel: from there
    on the density, added up over the levels, is within a thousandth of 1, so that
    bits/dim are those of a mass over the levels. Without such a bound, the density of a
    pixel that hardly changes grows without limit.

    Args:
        event_shape: Shape of one event, such as `(28, 28, 1)`.
        convert_to_tensor_fn: See `DistributionLayer`.
        validate_args: See `DistributionLayer`.
        min_scale: Lower bound of the scales, in the units of pixels in [0, 1].
        max_scale: Upper bound of the scales.
        **kwargs: See `DistributionLayer`.

    Input shape:
        `(..., 2 * number of elements of an event)`.

    Output shape:
        `tfd.Independent` of `tfd.Normal`, batch shape `(...)`.

    Raises:
        ValueError: If `event_shape` is not made of positive integers or the bounds are
            not `0 < min_scale < max_scale`.

    Reference:
        Kingma & Welling 2014, "Auto-Encoding Variational Bayes", section 5 and
        appendix C.2.
    """

    def __init__(
        self,
        event_shape: int | Sequence[int],
        convert_to_tensor_fn: str | Callable = "sample",
        validate_args: bool = False,
        min_scale: float = math.exp(-6.0),
        max_scale: float = 1e4,
        **kwargs: Any,
    ) -> None:
        super().__init__(event_shape, convert_to_tensor_fn, validate_args, **kwargs)
        self.min_scale, self.max_scale = check_scale_bounds(min_scale, max_scale)

    @classmethod
    def params_size(cls, event_shape: int | Sequence[int]) -> int:  # noqa: D102
        return 2 * number_of_elements(event_shape)

    @property
    def pixel_kind(self) -> PixelKind:  # noqa: D102
        return PixelKind.DENSITY

    def distribution(self, params: tf.Tensor) -> tfd.Independent:  # noqa: D102
        raw = shape_events(params, (*self.event_shape, 2))
        scale = tf.minimum(self.min_scale + tf.nn.softplus(raw[..., 1]), self.max_scale)
        return tfd.Independent(
            tfd.Normal(
                loc=tf.sigmoid(raw[..., 0]),
                scale=scale,
                validate_args=self.validate_args,
            ),
            reinterpreted_batch_ndims=len(self.event_shape),
            validate_args=self.validate_args,
        )

    def initial_params(self, mean: tf.Tensor) -> tf.Tensor:
        """Half the largest deviation that a pixel in [0, 1] of this mean can have.

        Args:
            mean: Float tensor of the event shape, in [0, 1].

        Returns:
            Float tensor `(*event_shape, 2)`.
        """
        mean = inside(mean)
        logit = tf.math.log(mean) - tf.math.log1p(-mean)
        deviation = 0.5 * tf.sqrt(mean * (1.0 - mean))
        scale = tf.clip_by_value(deviation, 1.01 * self.min_scale, self.max_scale)
        above = scale - self.min_scale
        # The inverse of softplus.
        return tf.stack([logit, above + tf.math.log(-tf.math.expm1(-above))], axis=-1)

    def draw(  # noqa: D102
        self, distribution: tfd.Distribution, seeds: tf.Tensor, stream: int
    ) -> tf.Tensor:
        noise = random.normal(seeds, [number_of_elements(self.event_shape)], stream)
        noise = tf.reshape(noise, [-1, *self.event_shape])
        pixels = distribution.distribution
        return pixels.loc + pixels.scale * tf.cast(noise, pixels.dtype)

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        bounds = {"min_scale": self.min_scale, "max_scale": self.max_scale}
        return {**super().get_config(), **bounds}
