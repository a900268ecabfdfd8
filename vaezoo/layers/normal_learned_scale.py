"""The Gaussian head with one learned scale (sigma-VAE)."""

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
class NormalLearnedScale(DistributionLayer):
    """Gaussian pixels with one scale for all of them, which is learned (sigma-VAE).

    The parameters are the logits of the mean. The mean passes through a sigmoid, as in
    the paper's own code, because it is an image: pixels lie in [0, 1], and a mean
    outside would be further from every one of them.

    The scale is a weight of the layer, trained with the networks; with it, the weight
    of the reconstruction against the KL is found by maximum likelihood instead of being
    tuned. It is `exp(low + softplus(weight - low))` with `low = log(min_scale)`, at
    most `max_scale`. The default `min_scale`, the paper's exp(-6), is 0.63 of the 256
    levels of a pixel: from there on the density, added up over the levels, is within a
    thousandth of 1, so that bits/dim are those of a mass over the levels. A smaller
    one would let the density of a pixel that never changes grow without limit.

    Args:
        event_shape: Shape of one event, such as `(28, 28, 1)`.
        convert_to_tensor_fn: See `DistributionLayer`.
        validate_args: See `DistributionLayer`.
        initial_scale: The scale before training, in the units of pixels in [0, 1].
        min_scale: Lower bound of the scale.
        max_scale: Upper bound of the scale.
        **kwargs: See `DistributionLayer`.

    Input shape:
        `(..., number of elements of an event)`.

    Output shape:
        `tfd.Independent` of `tfd.Normal`, batch shape `(...)`.

    Raises:
        ValueError: If `event_shape` is not made of positive integers or the scales are
            not `0 < min_scale < initial_scale < max_scale`.

    Reference:
        Rybkin, Daniilidis & Levine 2021, "Simple and Effective VAE Training with
        Calibrated Decoders".
    """

    def __init__(
        self,
        event_shape: int | Sequence[int],
        convert_to_tensor_fn: str | Callable = "sample",
        validate_args: bool = False,
        initial_scale: float = 0.25,
        min_scale: float = math.exp(-6.0),
        max_scale: float = 1e4,
        **kwargs: Any,
    ) -> None:
        super().__init__(event_shape, convert_to_tensor_fn, validate_args, **kwargs)
        self.min_scale, self.max_scale = check_scale_bounds(min_scale, max_scale)
        if not self.min_scale < initial_scale < self.max_scale:
            raise ValueError(
                f"Expected `initial_scale` between {min_scale} and {max_scale}. "
                f"Received: initial_scale={initial_scale!r}"
            )
        self.initial_scale = float(initial_scale)

    @classmethod
    def params_size(cls, event_shape: int | Sequence[int]) -> int:  # noqa: D102
        return number_of_elements(event_shape)

    @property
    def pixel_kind(self) -> PixelKind:  # noqa: D102
        return PixelKind.DENSITY

    @property
    def scale(self) -> tf.Tensor:
        """The scale of every pixel, a scalar of the dtype of densities."""
        low = math.log(self.min_scale)
        weight = tf.cast(self.raw_log_scale.value, self.density_dtype)
        log_scale = low + tf.nn.softplus(weight - low)
        return tf.exp(tf.minimum(log_scale, math.log(self.max_scale)))

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Makes the weight that holds the scale."""
        super().build(input_shape)
        low = math.log(self.min_scale)
        above = math.log(self.initial_scale) - low
        # The inverse of softplus.
        initial = low + above + math.log(-math.expm1(-above))
        self.raw_log_scale = self.add_weight(
            name="raw_log_scale",
            shape=(),
            # `keras.initializers.Constant` would round it to float32.
            initializer=lambda shape, dtype: tf.constant(initial, dtype, shape),
            autocast=False,  # density, in mixed precision too
        )

    def distribution(self, params: tf.Tensor) -> tfd.Independent:  # noqa: D102
        logits = shape_events(params, self.event_shape)
        return tfd.Independent(
            tfd.Normal(loc=tf.sigmoid(logits), scale=self.scale),
            reinterpreted_batch_ndims=len(self.event_shape),
            validate_args=self.validate_args,
        )

    def initial_params(self, mean: tf.Tensor) -> tf.Tensor:  # noqa: D102
        mean = inside(mean)
        return tf.math.log(mean) - tf.math.log1p(-mean)

    def draw(  # noqa: D102
        self, distribution: tfd.Distribution, seeds: tf.Tensor, stream: int
    ) -> tf.Tensor:
        noise = random.normal(seeds, [number_of_elements(self.event_shape)], stream)
        noise = tf.reshape(noise, [-1, *self.event_shape])
        pixels = distribution.distribution
        return pixels.loc + pixels.scale * tf.cast(noise, pixels.dtype)

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        return {
            **super().get_config(),
            "initial_scale": self.initial_scale,
            "min_scale": self.min_scale,
            "max_scale": self.max_scale,
        }
