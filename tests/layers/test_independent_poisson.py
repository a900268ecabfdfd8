import math

import numpy as np
import pytest
import tensorflow as tf

from vaezoo import random
from vaezoo.layers import IndependentPoisson
from vaezoo.layers.poisson_quantile import poisson_quantile

RATES = [1e-3, 0.5, 3.0, 30.0, 99.0, 101.0, 1e3, 1e5]


def cumulative(count, rate):
    """Of the definition, in float64."""
    counts = np.arange(count + 1.0)
    log_factorials = np.cumsum(np.log(np.maximum(counts, 1.0)))
    terms = counts * math.log(rate) - rate - log_factorials
    return np.cumsum(np.exp(terms))


def test_the_parameters_are_the_logarithms_of_the_rates():
    params = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")
    distribution = IndependentPoisson((3, 2))(params)
    expected = np.exp(params.reshape(4, 3, 2))
    np.testing.assert_allclose(distribution.mean(), expected, rtol=1e-6)


def test_rates_stay_finite_and_positive():
    params = np.float32([[-1e30, -1e4, 0.0, 1e4, 1e30]])
    rates = IndependentPoisson(5)(params).mean().numpy()[0]
    expected = np.exp([-40.0, -40.0, 0.0, 40.0, 40.0])
    np.testing.assert_allclose(rates, expected, rtol=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("rate", RATES[:5])
def test_quantiles_of_small_rates_are_exact(rate, jit_compile):
    probability = np.linspace(0.0005, 0.9995, 1000, dtype="float32")
    function = tf.function(poisson_quantile, jit_compile=jit_compile)
    actual = function(tf.constant(probability), tf.fill((1000,), np.float32(rate)))
    expected = np.searchsorted(cumulative(400, rate), probability)
    # Where a step of the cumulative probability falls on a point, to rounding.
    assert np.mean(actual != expected) < 0.005
    assert np.abs(actual - expected).max() <= 1.0


@pytest.mark.parametrize("rate", [100.0, 101.0, 150.0, 1e3, 1e5])
def test_quantiles_of_large_rates_are_exact_to_a_ten_thousandth(rate):
    probability = np.linspace(0.0005, 0.9995, 1000, dtype="float32")
    actual = poisson_quantile(
        tf.constant(probability), tf.fill((1000,), np.float32(rate))
    ).numpy()
    exact = cumulative(int(rate + 20.0 * math.sqrt(rate)), rate)
    assert (exact[actual.astype(int)] > probability - 2e-4).all()
    assert (exact[actual.astype(int) - 1] < probability + 2e-4).all()


def test_the_ends_of_the_interval():
    rates = tf.constant([1e-17, 1.0, 99.9, 100.0, 1e17], tf.float32)
    for end in (2.0**-24, 1.0 - 2.0**-24):
        counts = poisson_quantile(tf.fill((5,), np.float32(end)), rates).numpy()
        assert np.isfinite(counts).all()
        assert (counts >= 0.0).all()
        assert (np.abs(counts - rates) < 7.0 * np.sqrt(rates) + 20.0).all()


@pytest.mark.parametrize("rate", RATES)
def test_draws_are_counts_with_the_right_moments(rate):
    layer, count = IndependentPoisson((2, 1)), 20_000
    params = np.full((count, 2), math.log(rate), "float32")
    distribution = layer(params)
    drawn = layer.draw(distribution, random.row_seeds(1, count), 0).numpy()
    assert drawn.shape == (count, 2, 1)
    np.testing.assert_array_equal(drawn, np.round(drawn))
    error = abs(drawn.mean(dtype="float64") - rate) / math.sqrt(rate / drawn.size)
    assert error < 4.5
    expected = (rate, math.sqrt((rate + 2 * rate**2) / drawn.size))
    assert abs(drawn.var(dtype="float64") - expected[0]) < 4.5 * expected[1]


def test_draws_have_no_gradient():
    params = tf.ones((4, 3))
    with tf.GradientTape() as tape:
        tape.watch(params)
        layer = IndependentPoisson(3)
        drawn = layer.draw(layer(params), random.row_seeds(1, 4), 0)
    assert tape.gradient(drawn, params) is None


def test_initial_params_give_the_mean():
    layer = IndependentPoisson((2, 2))
    mean = tf.constant([[0.0, 0.2], [1.0, 7.0]])
    params = layer.initial_params(mean)
    assert params.shape == (2, 2)
    actual = layer(tf.reshape(params, (1, 4))).mean()[0]
    np.testing.assert_allclose(actual, np.maximum(mean, 1e-3), rtol=1e-5)


def test_counts_on_pixels_are_no_likelihood_of_images():
    assert IndependentPoisson(2).pixel_kind is None
    assert not IndependentPoisson(2).binary
