"""Location and scale of the logistic distribution of a pixel."""

import math

import tensorflow as tf

from vaezoo.layers.pixel_levels import HIGHEST

# A raw scale of 0 stands for a tenth of the range of pixels, a raw location for grey.
_SHIFT = math.log(math.expm1(0.1))
_GREY = 0.5


def bounded_logistic(
    raw_loc: tf.Tensor, raw_scale: tf.Tensor, min_scale: float, max_scale: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """Location and scale, for pixels in [0, 1], of two outputs of a decoder.

    Args:
        raw_loc: Location minus 1/2.
        raw_scale: What gives the scale `min_scale + softplus(raw_scale + shift)`, 0.1
            above the lower bound for a raw scale of 0.
        min_scale: Lower bound.
        max_scale: Upper bound.

    Returns:
        Location and scale.
    """
    scale = min_scale + tf.nn.softplus(raw_scale + _SHIFT)
    return _GREY + raw_loc, tf.minimum(scale, max_scale)


def raw_logistic(
    mean: tf.Tensor, min_scale: float, max_scale: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """The inverse of `bounded_logistic`, for a quantized logistic of a given mean.

    The deviation is half the largest that a variable in [0, 1] of this mean can have.

    Args:
        mean: Means between 0 and 1, of neither.
        min_scale: Lower bound of the scale.
        max_scale: Upper bound of the scale.

    Returns:
        Raw location and raw scale.
    """
    deviation = 0.5 * tf.sqrt(mean * (1.0 - mean))
    scale = deviation * (math.sqrt(3.0) / math.pi)
    # From a level on, the sum that is the mean equals the integral of
    # sigmoid((loc - y) / scale) over y from 0 to 1, which has this inverse.
    scale = tf.clip_by_value(scale, max(1.0 / HIGHEST, 1.01 * min_scale), max_scale)
    loc = scale * (
        _log_expm1(mean / scale) - tf.math.log(-tf.math.expm1((mean - 1.0) / scale))
    )
    return loc - _GREY, _log_expm1(scale - min_scale) - _SHIFT


def _log_expm1(x: tf.Tensor) -> tf.Tensor:
    """log(exp(x) - 1) for positive x, the inverse of softplus."""
    return x + tf.math.log(-tf.math.expm1(-x))
