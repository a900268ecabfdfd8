"""The quantile function of the Poisson distribution, in plain tensor operations."""

import tensorflow as tf

# From this rate on the asymptotic series is exact to about 1e-4 of a probability.
_LARGE_RATE = 100.0
# Above every quantile of a rate below that: a bisection of 0 ... 255 takes 8 steps.
_STEPS = 8


def poisson_quantile(probability: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
    """The smallest count whose cumulative probability reaches `probability`.

    Exact below a rate of 100, by bisection; above it by the Cornish-Fisher expansion
    with a continuity correction.

    Args:
        probability: Floats in (0, 1), between 2**-24 and 1 - 2**-24.
        rate: Positive floats of the same shape.

    Returns:
        Whole numbers as floats, of the same shape and dtype.

    Reference:
        Cornish & Fisher 1938, "Moments and cumulants in the specification of
        distributions".
    """
    exact = _bisection(probability, tf.minimum(rate, _LARGE_RATE))
    return tf.where(rate < _LARGE_RATE, exact, _expansion(probability, rate))


def _bisection(probability: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
    # Invariant: the cumulative probability of `low` is below, that of `high` is not.
    low, high = -tf.ones_like(rate), tf.fill(tf.shape(rate), 2.0**_STEPS - 1.0)
    high = tf.cast(high, rate.dtype)
    for _ in range(_STEPS):
        middle = tf.floor((low + high) / 2.0)
        reached = tf.math.igammac(middle + 1.0, rate) >= probability
        low, high = tf.where(reached, low, middle), tf.where(reached, middle, high)
    return high


def _expansion(probability: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
    z = tf.math.ndtri(probability)
    deviation = tf.sqrt(rate)
    # The cumulants of the count plus a uniform number, whose density is continuous.
    value = (
        rate
        + deviation * z
        + (z**2 - 1.0) / 6.0
        + (4.0 * z - z**3) / (72.0 * deviation)
    )
    return tf.maximum(tf.round(value), 0.0)
