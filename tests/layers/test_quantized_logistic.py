import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers import QuantizedLogistic

tfd = tfp.distributions

LEVELS = (np.arange(256) / 255).astype("float32")
# Locations inside, at and outside the edges; scales from an eighth of a level up.
LOC = np.array([0.5, 0.3127, 0.0, 1.0, -0.4, 1.7, 0.9993], "float32")
SCALE = np.array([5e-4, 1 / 510, 0.02, 0.2, 3.0], "float32")[:, None]


def masses():
    """P(k) in float64, of the cumulative distribution function by its definition."""
    edges = (np.arange(255) + 0.5) / 255
    z = (edges[:, None, None] - np.float64(LOC)) / np.float64(SCALE)
    cdf = 0.5 * (1.0 + np.tanh(0.5 * z))
    return np.diff(cdf, axis=0, prepend=0.0, append=1.0)


def log_masses(pixels=LEVELS, scale=SCALE):
    return QuantizedLogistic(LOC, scale).log_prob(pixels[:, None, None]).numpy()


def test_masses_are_differences_of_the_cdf_with_the_tails_at_the_edges():
    np.testing.assert_allclose(np.exp(log_masses()), masses(), rtol=2e-4, atol=1e-6)


def test_masses_sum_to_one():
    total = np.exp(np.float64(log_masses())).sum(0)
    np.testing.assert_allclose(total, 1.0, rtol=2e-6)


def test_log_masses_are_those_of_tfp_in_float64_far_out_in_the_tails():
    logistic = tfd.Logistic(255.0 * np.float64(LOC), 255.0 * np.float64(SCALE))
    rounded = tfp.bijectors.Shift(np.float64(-0.5))(logistic)
    quantized = tfd.QuantizedDistribution(rounded, low=0.0, high=255.0)
    levels = np.arange(256.0)[:, None, None]
    expected = quantized.log_prob(levels).numpy()
    assert expected.min() < -1000.0  # where the masses themselves are zero
    np.testing.assert_allclose(log_masses(), expected, rtol=3e-5, atol=2e-5)


def test_a_value_stands_for_the_level_nearest_to_it():
    nudge = np.random.default_rng(0).uniform(-0.49 / 255, 0.49 / 255, 256)
    pixels = (LEVELS + nudge).astype("float32")
    np.testing.assert_array_equal(log_masses(pixels), log_masses())


def test_mean_and_deviation_are_sums_over_the_levels():
    pixels = LEVELS[:, None, None].astype("float64")
    mean = (masses() * pixels).sum(0)
    deviation = np.sqrt((masses() * (pixels - mean) ** 2).sum(0))
    distribution = QuantizedLogistic(LOC, SCALE)
    np.testing.assert_allclose(distribution.mean(), mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(distribution.stddev(), deviation, rtol=1e-3, atol=2e-5)
    assert tf.reduce_min(distribution.mean()) >= 0.0
    assert tf.reduce_max(distribution.mean()) <= 1.0


def test_samples_are_levels_with_their_masses(assert_levels_follow):
    drawn = QuantizedLogistic(LOC[1:3], SCALE[2]).sample(50_000, seed=(1, 2)).numpy()
    for i in range(2):
        assert_levels_follow(drawn[:, i], masses()[:, 2, 1 + i])


@pytest.mark.parametrize("pixel", [0.0, 0.5, 1.0])
def test_gradients_are_finite_and_point_towards_the_pixel(pixel):
    loc = tf.constant([-1e4, -3.0, 0.2, 0.8, 4.0, 1e4])
    scale = tf.constant([5e-4, 0.01, 1.0, 1e4, 1e8])[:, None]
    with tf.GradientTape() as tape:
        tape.watch([loc, scale])
        log_prob = QuantizedLogistic(loc, scale).log_prob(pixel)
    assert np.isfinite(log_prob).all()
    to_loc, to_scale = tape.gradient(log_prob, [loc, scale])
    assert np.isfinite(to_loc).all()
    assert np.isfinite(to_scale).all()
    if pixel == 0.5:
        np.testing.assert_array_equal(np.sign(to_loc), [1, 1, 1, -1, -1, -1])


def test_the_gradient_is_that_of_float64():
    value = LEVELS[::17, None, None]
    gradients = []
    for dtype in ("float32", "float64"):
        loc, scale = tf.constant(LOC, dtype), tf.constant(SCALE, dtype)
        with tf.GradientTape() as tape:
            tape.watch([loc, scale])
            log_prob = QuantizedLogistic(loc, scale).log_prob(tf.cast(value, dtype))
        gradients.append(tape.gradient(log_prob, [loc, scale]))
    for single, double in zip(*gradients, strict=True):
        np.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-3)


def test_the_mean_can_be_differentiated_under_xla():
    loc = tf.constant(LOC)

    @tf.function(jit_compile=True)
    def slope(loc):
        with tf.GradientTape() as tape:
            tape.watch(loc)
            mean = QuantizedLogistic(loc, tf.constant(0.05)).mean()
        return tape.gradient(mean, loc)

    low, high = (QuantizedLogistic(LOC + h, 0.05).mean() for h in (-1e-2, 1e-2))
    np.testing.assert_allclose(slope(loc), (high - low) / 2e-2, atol=5e-3)


def test_a_negative_scale_is_found_when_arguments_are_validated():
    with pytest.raises(tf.errors.InvalidArgumentError, match="scale"):
        QuantizedLogistic(0.5, -1.0, validate_args=True)


def test_it_passes_through_a_graph_as_itself():
    distribution = tf.function(lambda loc: QuantizedLogistic(loc, 0.1))(LOC)
    assert isinstance(distribution, QuantizedLogistic)
    np.testing.assert_array_equal(distribution.loc, LOC)
    assert distribution[:2].batch_shape == (2,)
