import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import NormalPixels, PixelKind

tfd = tfp.distributions

SHAPE = (3, 2, 1)
PARAMS = np.random.default_rng(0).normal(size=(4, 12)).astype("float32")
PIXELS = np.random.default_rng(1).random((4, *SHAPE), "float32")
LEAST = np.exp(-6.0)


def mean_and_scale(low=LEAST):
    raw = PARAMS.reshape(4, *SHAPE, 2).astype("float64")
    return 1.0 / (1.0 + np.exp(-raw[..., 0])), low + np.log1p(np.exp(raw[..., 1]))


def test_the_parameters_of_a_pixel_are_side_by_side():
    assert NormalPixels.params_size(SHAPE) == 12
    distribution = NormalPixels(SHAPE)(PARAMS)
    assert isinstance(distribution.distribution, tfd.Normal)
    mean, scale = mean_and_scale()
    np.testing.assert_allclose(distribution.mean(), mean, rtol=1e-6)
    np.testing.assert_allclose(distribution.stddev(), scale, rtol=1e-6)


def test_log_prob_is_the_formula_in_float64():
    layer = NormalPixels(SHAPE, min_scale=0.2)
    mean, scale = mean_and_scale(0.2)
    z = (PIXELS - mean) / scale
    expected = (-0.5 * z**2 - np.log(scale) - 0.5 * np.log(2 * np.pi)).sum((1, 2, 3))
    np.testing.assert_allclose(
        layer.log_prob(layer(PARAMS), PIXELS), expected, rtol=1e-5
    )


@pytest.mark.parametrize("value", [-1e6, -1e3, 1e3, 1e6])
def test_scale_and_density_are_bounded_whatever_the_parameters(value):
    layer = NormalPixels(SHAPE, min_scale=0.01, max_scale=2.0)
    distribution = layer(np.full((1, 12), value, "float32"))
    assert distribution.stddev().numpy().min() >= 0.01
    assert distribution.stddev().numpy().max() <= 2.0
    assert np.isfinite(layer.log_prob(distribution, PIXELS[:1])).all()
    assert distribution.mean().numpy().min() >= 0
    assert distribution.mean().numpy().max() <= 1


def test_the_least_scale_makes_a_mass_of_the_density_at_the_levels():
    layer = NormalPixels(1)
    levels = np.float32(np.arange(256) / 255)[:, None]
    for logit in (-0.013, 0.0, 0.4):  # means between levels, and not
        distribution = layer(tf.constant([[logit, -100.0]]))
        density = np.exp(np.float64(layer.log_prob(distribution, levels)))
        assert density.sum() / 255 == pytest.approx(1.0, abs=1e-3)


def test_it_learns_mean_and_deviation_of_each_pixel():
    noise = np.random.default_rng(2).normal(size=(400, 2))
    pixels = np.float32([0.3, 0.6] + noise * [0.05, 0.2])
    layer = NormalPixels(2)
    params = tf.Variable(tf.zeros([1, 4]))
    for _ in range(300):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(layer.log_prob(layer(params), pixels))
        params.assign_sub(0.03 * tape.gradient(loss, params))
    np.testing.assert_allclose(layer(params).mean()[0], pixels.mean(0), atol=2e-3)
    np.testing.assert_allclose(layer(params).stddev()[0], pixels.std(0), rtol=0.02)


def test_initial_params_give_the_mean_image():
    layer = NormalPixels(SHAPE)
    image = np.array([0.0, 0.03, 0.4, 0.5, 0.9, 1.0], "float32").reshape(SHAPE)
    params = layer.initial_params(tf.constant(image))
    assert params.shape == (*SHAPE, 2)
    distribution = layer(tf.reshape(params, (1, -1)))
    mean = np.clip(image, 1e-3, 1 - 1e-3)
    np.testing.assert_allclose(distribution.mean()[0], mean, rtol=1e-4)
    deviation = 0.5 * np.sqrt(mean * (1 - mean))
    np.testing.assert_allclose(distribution.stddev()[0], deviation, rtol=1e-4)


def test_draws_have_mean_and_scale_and_do_not_depend_on_each_other():
    count = 20_000
    layer = NormalPixels(SHAPE)
    distribution = layer(np.tile(PARAMS[:1], (count, 1)))
    drawn = layer.draw(distribution, random.row_seeds(1, count), 3)
    z = ((drawn - distribution.mean()) / distribution.stddev()).numpy()
    z = z.reshape(count, 6)
    assert np.abs(z.mean(0)).max() < 4.5 / np.sqrt(count)
    np.testing.assert_allclose(np.cov(z.T), np.eye(6), atol=4.5 * np.sqrt(2 / count))


def test_it_is_a_density_over_pixels():
    assert NormalPixels(2).pixel_kind is PixelKind.DENSITY
