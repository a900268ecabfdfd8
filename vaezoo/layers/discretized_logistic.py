"""The discretized logistic head, for 8-bit pixels."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers.distribution_layer import DistributionLayer
from vaezoo.layers.event_shape import number_of_elements, shape_events
from vaezoo.layers.logistic_params import bounded_logistic, raw_logistic
from vaezoo.layers.pixel_kind import PixelKind
from vaezoo.layers.pixel_levels import HIGHEST, inside, nearest_level
from vaezoo.layers.quantized_logistic import QuantizedLogistic
from vaezoo.layers.scale_bounds import check_scale_bounds

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class DiscretizedLogistic(DistributionLayer):
    """Independent logistic pixels, rounded to 256 levels: a likelihood of 8-bit images.

    Each element has two parameters side by side, the location minus 1/2 and the raw
    scale, `(*event_shape, 2)` in a row. The scale is `min_scale + softplus(raw +
    shift)`, at most `max_scale`, and about 0.1 for a raw scale of 0. Location and scale
    are in the units of pixels in [0, 1]; the default `min_scale`, an eighth of a level,
    is the bound of PixelCNN++.

    `log_prob` takes images in [0, 1] and is the log-mass of the nearest of the 256
    levels, in nats, so that bits/dim follow without a correction.

    Args:
        event_shape: Shape of one event, such as `(28, 28, 1)`.
        convert_to_tensor_fn: See `DistributionLayer`.
        validate_args: See `DistributionLayer`.
        min_scale: Lower bound of the scale.
        max_scale: Upper bound of the scale.
        **kwargs: See `DistributionLayer`.

    Input shape:
        `(..., 2 * number of elements of an event)`.

    Output shape:
        `tfd.Independent` of `QuantizedLogistic`, batch shape `(...)`.

    Raises:
        ValueError: If `event_shape` is not made of positive integers or the bounds are
            not `0 < min_scale < max_scale`.

    Reference:
        Kingma et al. 2016, "Improved Variational Inference with Inverse Autoregressive
        Flow", section 6.2; for the edges, Salimans et al. 2017, "PixelCNN++", eq. 2.
    """

    def __init__(
        self,
        event_shape: int | Sequence[int],
        convert_to_tensor_fn: str | Callable = "sample",
        validate_args: bool = False,
        min_scale: float = 5e-4,
        max_scale: float = 10.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(event_shape, convert_to_tensor_fn, validate_args, **kwargs)
        self.min_scale, self.max_scale = check_scale_bounds(min_scale, max_scale)

    @classmethod
    def params_size(cls, event_shape: int | Sequence[int]) -> int:  # noqa: D102
        return 2 * number_of_elements(event_shape)

    @property
    def pixel_kind(self) -> PixelKind:  # noqa: D102
        return PixelKind.LEVELS

    def distribution(self, params: tf.Tensor) -> tfd.Independent:  # noqa: D102
        raw = shape_events(params, (*self.event_shape, 2))
        loc, scale = bounded_logistic(
            raw[..., 0], raw[..., 1], self.min_scale, self.max_scale
        )
        return tfd.Independent(
            QuantizedLogistic(loc, scale, validate_args=self.validate_args),
            reinterpreted_batch_ndims=len(self.event_shape),
        )

    def initial_params(self, mean: tf.Tensor) -> tf.Tensor:  # noqa: D102
        raw = raw_logistic(inside(mean), self.min_scale, self.max_scale)
        return tf.stack(raw, axis=-1)

    def draw(  # noqa: D102
        self, distribution: tfd.Distribution, seeds: tf.Tensor, stream: int
    ) -> tf.Tensor:
        pixels = distribution.distribution
        uniform = tf.cast(random.uniform(seeds, self.event_shape, stream), pixels.dtype)
        logit = tf.math.log(uniform) - tf.math.log1p(-uniform)
        return nearest_level(pixels.loc + pixels.scale * logit) / HIGHEST

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        return {
            **super().get_config(),
            "min_scale": self.min_scale,
            "max_scale": self.max_scale,
        }
