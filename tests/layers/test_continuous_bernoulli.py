import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import ContinuousBernoulli, PixelKind

tfd = tfp.distributions

SHAPE = (3, 2, 1)
PARAMS = np.random.default_rng(0).normal(size=(4, 6)).astype("float32") * 3.0
# Where the textbook formulas are 0 / 0, and around the cut-offs of expansions.
LOGITS = np.float32(
    [0.0, 1e-8, -1e-6, 1e-4, -1e-3, 0.01, 0.1, -0.26, 0.27, 0.33, -0.5, 0.54, 1.0]
    + [5.0, -15.9, 16.1, -80.0, 90.0, 1e3, -1e4]
)


def log_density(x, logits):
    """(x - 1/2) l + log((l/2) / sinh(l/2)), in long double."""
    logits = np.longdouble(logits)
    small = np.abs(logits) < 1e-3
    size = np.where(small, 1.0, np.abs(logits))
    shape = np.log(size) - size / 2 - np.log(-np.expm1(-size))
    shape = np.where(small, -(logits**2) / 24 + logits**4 / 2880, shape)
    return (np.longdouble(x) - 0.5) * logits + shape


def mean(logits):
    """1 / (1 - exp(-l)) - 1 / l, in long double."""
    logits = np.longdouble(logits)
    small = np.abs(logits) < 1e-2
    safe = np.where(small, 1.0, logits)
    exact = -1.0 / np.expm1(np.minimum(-safe, 11_000.0)) - 1.0 / safe
    return np.where(small, 0.5 + logits / 12 - logits**3 / 720, exact)


def test_the_parameters_are_logits_in_the_order_of_the_pixels():
    assert ContinuousBernoulli.params_size(SHAPE) == 6
    pixels = ContinuousBernoulli(SHAPE)(PARAMS).distribution
    assert isinstance(pixels, tfd.ContinuousBernoulli)
    np.testing.assert_array_equal(pixels.logits, PARAMS.reshape(4, *SHAPE))


@pytest.mark.parametrize("pixel", [0.0, 0.2, 0.5, 1.0])
def test_log_prob_and_its_gradient_are_the_formula_everywhere(pixel):
    layer, params = ContinuousBernoulli(1), tf.constant(LOGITS[:, None])
    with tf.GradientTape() as tape:
        tape.watch(params)
        log_prob = layer.log_prob(layer(params), tf.constant([pixel]))
    expected = log_density(np.float32(pixel), LOGITS)
    expected = expected.astype("float64")
    np.testing.assert_allclose(log_prob, expected, rtol=3e-6, atol=1e-6)
    gradient = np.float32(pixel) - mean(LOGITS)
    actual = tape.gradient(log_prob, params)[:, 0]
    np.testing.assert_allclose(actual, gradient.astype("float64"), atol=5e-6)


def test_mean_and_its_gradient_near_one_half():
    layer, params = ContinuousBernoulli(1), tf.constant(LOGITS[:, None])
    with tf.GradientTape() as tape:
        tape.watch(params)
        actual = layer(params).mean()
    np.testing.assert_allclose(actual[:, 0], mean(LOGITS).astype("float64"), atol=2e-6)
    gradient = tape.gradient(actual, params).numpy()[:, 0]
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(gradient[np.abs(LOGITS) < 1e-3], 1 / 12, rtol=1e-4)


def test_the_density_integrates_to_one_and_has_the_mean():
    x = np.linspace(0.0, 1.0, 20_001)
    weights = np.full(x.shape, 2.0 / 60_000)
    weights[1::2] *= 2.0
    weights[[0, -1]] /= 2.0
    for logit in (0.0, 1e-4, -0.3, 4.0, -30.0, 200.0):
        layer = ContinuousBernoulli(1, dtype="float64")
        distribution = layer(tf.constant([[logit]], tf.float64))
        density = np.exp(layer.log_prob(distribution, x[:, None]))
        assert (weights * density).sum() == pytest.approx(1.0, abs=1e-6)
        expected = distribution.mean().numpy().item()
        assert (weights * density * x).sum() == pytest.approx(expected, abs=1e-6)


def test_it_is_binary_cross_entropy_and_its_normalizer():
    layer, pixels = ContinuousBernoulli(SHAPE), np.full((4, *SHAPE), 0.3, "float32")
    logits = PARAMS.astype("float64")
    probability = 1.0 / (1.0 + np.exp(-logits))
    cross_entropy = -0.3 * np.log(probability) - 0.7 * np.log1p(-probability)
    normalizer = 2 * np.arctanh(1 - 2 * probability) / (1 - 2 * probability)
    expected = (np.log(normalizer) - cross_entropy).sum(-1)
    actual = layer.log_prob(layer(PARAMS), pixels)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_white_8_bit_pixels_are_inside_the_support(jit_compile):
    # One rounding up of 255 * (1 / 255), and the density would be zero.
    layer = ContinuousBernoulli(256)

    @tf.function(jit_compile=jit_compile)
    def log_prob(levels):
        pixels = tf.cast(levels, tf.float32) * tf.constant(1.0 / 255.0)
        return layer.log_prob(layer(tf.zeros([1, 256])), pixels)

    assert log_prob(tf.range(256)).numpy() == pytest.approx(0.0, abs=1e-4)


def test_initial_params_give_the_mean_image():
    layer = ContinuousBernoulli(SHAPE)
    image = np.array([0.0, 0.03, 0.4, 0.5, 0.9, 1.0], "float32").reshape(SHAPE)
    params = layer.initial_params(tf.constant(image))
    assert params.shape == SHAPE
    actual = layer(tf.reshape(params, (1, -1))).mean()[0]
    # Pixels that never change are kept off 0 and 1.
    np.testing.assert_allclose(actual, np.clip(image, 0.02, 0.98), atol=1e-5)


def test_draws_follow_the_cumulative_distribution_function():
    count = 20_000
    logits = np.float32([[0.0, 1e-5, -3.0, 40.0]])
    layer = ContinuousBernoulli(4)
    distribution = layer(np.tile(logits, (count, 1)))
    drawn = np.sort(layer.draw(distribution, random.row_seeds(1, count), 3), axis=0)
    assert drawn.min() >= 0.0
    assert drawn.max() <= 1.0
    logits = np.where(np.abs(logits) < 1e-3, 1e-3, logits).astype("float64")
    expected = np.expm1(logits * drawn) / np.expm1(logits)
    uniform = (np.arange(count) + 0.5)[:, None] / count
    # Kolmogorov's test, at a level of 1e-5.
    assert np.abs(expected - uniform).max() < 2.47 / np.sqrt(count)


def test_it_is_a_density_over_pixels():
    layer = ContinuousBernoulli(2)
    assert layer.pixel_kind is PixelKind.DENSITY
    assert not layer.binary
