import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import IndependentBernoulli

tfd = tfp.distributions

SHAPE = (3, 2, 1)
LOGITS = np.random.default_rng(0).normal(size=(4, 6)).astype("float32") * 3.0
PIXELS = np.random.default_rng(1).integers(0, 2, (4, *SHAPE)).astype("float32")


def test_params_size_is_one_for_each_element():
    assert IndependentBernoulli.params_size(SHAPE) == 6
    assert IndependentBernoulli.params_size(7) == 7
    assert IndependentBernoulli.params_size((28, 28, 1)) == 784


def test_the_parameters_are_logits_in_the_order_of_the_pixels():
    distribution = IndependentBernoulli(SHAPE)(LOGITS)
    expected = 1.0 / (1.0 + np.exp(-LOGITS.reshape(4, *SHAPE)))
    np.testing.assert_allclose(distribution.mean(), expected, rtol=1e-6)
    assert isinstance(distribution.distribution, tfd.Bernoulli)


@pytest.mark.parametrize("lead", [(), (5,)])
def test_the_quick_density_is_that_of_tfp_and_of_the_formula(lead):
    layer = IndependentBernoulli(SHAPE)
    distribution = layer(LOGITS)
    pixels = np.broadcast_to(PIXELS, (*lead, 4, *SHAPE))
    probability = 1.0 / (1.0 + np.exp(-LOGITS.astype("float64").reshape(4, *SHAPE)))
    terms = np.where(pixels == 1.0, np.log(probability), np.log1p(-probability))
    quick = layer.log_prob(distribution, pixels)
    assert quick.shape == (*lead, 4)
    np.testing.assert_allclose(quick, terms.sum((-3, -2, -1)), rtol=1e-5)
    np.testing.assert_allclose(quick, distribution.log_prob(pixels), rtol=1e-5)


def test_the_quick_density_broadcasts_over_many_latents():
    # As `log_prob` of a model does: (samples, batch) distributions, (batch,) images.
    layer = IndependentBernoulli(SHAPE)
    logits = np.stack([LOGITS, 2.0 * LOGITS])
    actual = layer.log_prob(layer(logits), PIXELS)
    expected = [layer(row).log_prob(PIXELS) for row in logits]
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_confident_pixels_keep_their_precision():
    layer = IndependentBernoulli(2)
    logits = np.array([[30.0, -30.0], [1e4, -1e4]], "float32")
    right = layer.log_prob(layer(logits), np.array([1.0, 0.0], "float32"))
    wrong = layer.log_prob(layer(logits), np.array([0.0, 1.0], "float32"))
    np.testing.assert_allclose(right, [-2.0 * np.exp(-30.0), 0.0], rtol=1e-3, atol=1e-7)
    np.testing.assert_allclose(wrong, [-60.0, -2e4], rtol=1e-6)


def test_draws_are_zeros_and_ones_with_the_right_frequency():
    layer = IndependentBernoulli(SHAPE)
    count = 10_000
    distribution = layer(np.tile(LOGITS[:1], (count, 1)))
    drawn = layer.draw(distribution, random.row_seeds(1, count), 0).numpy()
    assert set(np.unique(drawn)) == {0.0, 1.0}
    mean, deviation = distribution.mean()[0], distribution.stddev()[0]
    error = np.abs(drawn.mean(0) - mean) / (deviation / np.sqrt(count))
    assert np.max(error) < 4.5


@pytest.mark.parametrize("sample_dtype", ["int32", "float64", "bool", None])
def test_samples_have_the_sample_dtype(sample_dtype):
    layer = IndependentBernoulli(2, sample_dtype=sample_dtype)
    distribution = layer(LOGITS[:, :2])
    assert distribution.sample(seed=1).dtype == (sample_dtype or "float32")
    assert distribution.mean().dtype == tf.float32
    again = IndependentBernoulli.from_config(layer.get_config())
    assert again.sample_dtype == sample_dtype


def test_it_is_a_likelihood_of_binary_pixels():
    assert IndependentBernoulli(2).binary


def test_initial_params_give_the_mean_image():
    layer = IndependentBernoulli(SHAPE)
    mean = np.array([0.0, 0.2, 0.5, 0.7, 0.999, 1.0], "float32").reshape(SHAPE)
    params = layer.initial_params(tf.constant(mean))
    assert params.shape == SHAPE
    actual = layer(tf.reshape(params, (1, -1))).mean()[0]
    # Pixels that never change are kept off 0 and 1.
    np.testing.assert_allclose(actual, np.clip(mean, 1e-3, 1 - 1e-3), rtol=1e-4)


def test_a_single_variable():
    distribution = IndependentBernoulli(())(LOGITS[:, :1])
    assert distribution.event_shape == ()
    assert distribution.log_prob(PIXELS[:, 0, 0, 0]).shape == (4,)


def test_kl_between_two_of_them_is_the_formula():
    layer = IndependentBernoulli(6)
    p, q = layer(LOGITS), layer(-0.5 * LOGITS)
    a, b = (np.float64(d.mean()) for d in (p, q))
    expected = a * np.log(a / b) + (1 - a) * np.log((1 - a) / (1 - b))
    np.testing.assert_allclose(tfd.kl_divergence(p, q), expected.sum(-1), rtol=1e-4)
