import math

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import NormalLearnedScale, PixelKind

tfd = tfp.distributions

SHAPE = (3, 2, 1)
PARAMS = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")
PIXELS = np.random.default_rng(1).random((4, *SHAPE), "float32")


def built(**kwargs):
    layer = NormalLearnedScale(SHAPE, **kwargs)
    layer(PARAMS)
    return layer


def test_the_parameters_are_logits_of_the_mean_alone():
    assert NormalLearnedScale.params_size(SHAPE) == 6
    distribution = NormalLearnedScale(SHAPE)(PARAMS)
    assert isinstance(distribution.distribution, tfd.Normal)
    mean = 1.0 / (1.0 + np.exp(-PARAMS.reshape(4, *SHAPE)))
    np.testing.assert_allclose(distribution.mean(), mean, rtol=1e-6)
    np.testing.assert_allclose(distribution.stddev(), 0.25, rtol=1e-6)


def test_log_prob_is_the_formula_in_float64():
    layer = NormalLearnedScale(SHAPE, initial_scale=0.07)
    mean = 1.0 / (1.0 + np.exp(-PARAMS.reshape(4, *SHAPE).astype("float64")))
    z = (PIXELS - mean) / 0.07
    expected = (-0.5 * z**2 - np.log(0.07) - 0.5 * np.log(2 * np.pi)).sum((1, 2, 3))
    actual = layer.log_prob(layer(PARAMS), PIXELS)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_the_density_integrates_to_one():
    layer = NormalLearnedScale(1, dtype="float64")
    x = np.linspace(-4.0, 5.0, 9001)[:, None]
    density = np.exp(layer.log_prob(layer(tf.zeros([1, 1], tf.float64)), x))
    assert density.sum() * 1e-3 == pytest.approx(1.0, abs=1e-9)


def test_the_least_scale_makes_a_mass_of_the_density_at_the_levels():
    layer = NormalLearnedScale(1, initial_scale=2.5e-3)  # the bound is 2.479e-3
    levels = np.float32(np.arange(256) / 255)[:, None]
    for logit in (-0.013, 0.0, 0.4):  # means between levels, and not
        distribution = layer(tf.constant([[logit]]))
        density = np.exp(np.float64(layer.log_prob(distribution, levels)))
        assert density.sum() / 255 == pytest.approx(1.0, abs=1e-3)


def test_one_scalar_weight_is_trained_towards_the_root_mean_square_error():
    layer = built()
    (weight,) = layer.trainable_weights
    assert weight.shape == ()
    optimizer = keras.optimizers.Adam(0.05)
    for _ in range(300):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(layer.log_prob(layer(PARAMS), PIXELS))
        optimizer.apply(tape.gradient(loss, [weight.value]), [weight])
    error = PIXELS - layer(PARAMS).mean()
    # Rybkin et al. 2021, eq. 5: where the likelihood is largest.
    expected = np.sqrt(np.mean(np.square(error)))
    assert float(layer.scale) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("value", [-1e6, -1e3, 1e3, 1e6])
def test_the_scale_is_bounded_whatever_the_weight(value):
    layer = built(min_scale=0.01, max_scale=2.0)
    layer.raw_log_scale.assign(value)
    params = tf.constant(1e4 * np.sign(PARAMS))
    with tf.GradientTape() as tape:
        tape.watch(params)
        log_prob = layer.log_prob(layer(params), tf.round(PIXELS))
    expected = 0.01 if value < 0.0 else 2.0
    assert float(layer.scale) == pytest.approx(expected, rel=1e-5)
    assert np.isfinite(log_prob).all()
    gradients = tape.gradient(log_prob, [params, layer.raw_log_scale.value])
    assert all(np.isfinite(g).all() for g in gradients)


def test_the_scale_is_a_smooth_function_of_the_weight_above_the_bound():
    layer = built()
    with tf.GradientTape() as tape:
        log_scale = tf.math.log(layer.scale)
    slope = tape.gradient(log_scale, layer.raw_log_scale.value)
    assert 0.9 < float(slope) <= 1.0  # a step of the weight is a relative one


@pytest.mark.parametrize("initial_scale", [0.0, -1.0, 0.001, 2e4, math.nan])
def test_the_initial_scale_lies_within_the_bounds(initial_scale):
    with pytest.raises(ValueError, match="Received: initial_scale"):
        NormalLearnedScale(2, initial_scale=initial_scale)


def test_the_weight_is_saved_and_loaded(tmp_path):
    inputs = keras.Input((6,))
    model = keras.Model(inputs, NormalLearnedScale(SHAPE)(inputs))
    model.layers[-1].raw_log_scale.assign(-3.0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    expected = model(PARAMS).stddev()
    assert expected.numpy().max() < 0.1
    np.testing.assert_array_equal(loaded(PARAMS).stddev(), expected)


def test_initial_params_give_the_mean_image():
    layer = built()
    image = np.array([0.0, 0.03, 0.4, 0.5, 0.9, 1.0], "float32").reshape(SHAPE)
    params = layer.initial_params(tf.constant(image))
    assert params.shape == SHAPE
    actual = layer(tf.reshape(params, (1, -1))).mean()[0]
    np.testing.assert_allclose(actual, np.clip(image, 1e-3, 1 - 1e-3), rtol=1e-4)


def test_draws_have_mean_and_scale_and_do_not_depend_on_each_other():
    count = 20_000
    layer = built()
    distribution = layer(np.tile(PARAMS[:1], (count, 1)))
    drawn = layer.draw(distribution, random.row_seeds(1, count), 3).numpy()
    z = ((drawn - distribution.mean().numpy()) / 0.25).reshape(count, 6)
    assert np.abs(z.mean(0)).max() < 4.5 / np.sqrt(count)
    np.testing.assert_allclose(np.cov(z.T), np.eye(6), atol=4.5 * np.sqrt(2 / count))


def test_it_is_a_density_over_pixels():
    assert NormalLearnedScale(2).pixel_kind is PixelKind.DENSITY
