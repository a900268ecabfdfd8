import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import (
    DiscretizedLogistic,
    DiscretizedLogisticMixture,
    PixelKind,
    QuantizedLogistic,
)

tfd = tfp.distributions

SHAPE = (2, 1, 3)
COUNT = 4
LEVELS = np.float32(np.arange(256) / 255)


def params(rows=5, scale=1.0):
    values = np.random.default_rng(0).normal(size=(rows, 6 * 3 * COUNT))
    return (scale * values).astype("float32")


def layer_of(**kwargs):
    return DiscretizedLogisticMixture(SHAPE, COUNT, **kwargs)


def level_masses(distribution):
    pixels = LEVELS.reshape(256, 1, 1, 1, 1)
    return np.exp(np.float64(distribution.distribution.log_prob(pixels)))


def test_the_number_of_parameters():
    assert DiscretizedLogisticMixture.params_size(SHAPE, 4) == 72
    assert DiscretizedLogisticMixture.params_size(SHAPE) == 90
    assert layer_of().num_params == 72
    assert DiscretizedLogisticMixture(SHAPE).num_params == 90


def test_logits_locations_and_scales_of_an_element_lie_side_by_side():
    mixture = layer_of()(params()).distribution
    assert isinstance(mixture, tfd.MixtureSameFamily)
    assert isinstance(mixture.components_distribution, QuantizedLogistic)
    raw = params().reshape(5, *SHAPE, 3, COUNT)
    np.testing.assert_array_equal(mixture.mixture_distribution.logits, raw[..., 0, :])
    loc = mixture.components_distribution.loc
    np.testing.assert_allclose(loc, 0.5 + raw[..., 1, :], rtol=1e-6)
    single = DiscretizedLogistic((*SHAPE, COUNT))
    scale = single(np.stack([raw[..., 1, :], raw[..., 2, :]], -1).reshape(5, -1))
    np.testing.assert_allclose(
        mixture.components_distribution.scale, scale.distribution.scale, rtol=1e-6
    )


def test_the_mean_is_a_pixel():
    """Of white pixels too, whose weights may sum to a little more than 1."""
    raw = np.random.default_rng(0).normal(size=(5000, *SHAPE, 3, COUNT))
    raw[..., 1, :] = 20.0
    for sign in (1, -1):
        raw[..., 1, :] *= sign
        mean = layer_of()(raw.reshape(5000, -1).astype("float32")).mean().numpy()
        assert mean.min() >= 0.0
        assert mean.max() <= 1.0


def test_one_component_is_the_discretized_logistic():
    values = np.random.default_rng(1).normal(size=(5, 6, 3)).astype("float32")
    mixture = DiscretizedLogisticMixture(SHAPE, 1)(values.reshape(5, -1))
    single = DiscretizedLogistic(SHAPE)(values[..., 1:].reshape(5, -1))
    pixels = np.random.default_rng(2).random((5, *SHAPE), "float32")
    actual, expected = mixture.log_prob(pixels), single.log_prob(pixels)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)
    np.testing.assert_allclose(mixture.mean(), single.mean(), rtol=1e-5)


def test_masses_are_the_weighted_sum_of_the_components_and_sum_to_one():
    distribution = layer_of()(params())
    mixture = distribution.distribution
    pixels = LEVELS.reshape(256, 1, 1, 1, 1, 1)
    parts = np.exp(np.float64(mixture.components_distribution.log_prob(pixels)))
    logits = np.float64(mixture.mixture_distribution.logits)
    weights = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    expected = (weights * parts).sum(-1)
    actual = level_masses(distribution)
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(actual.sum(0), 1.0, rtol=2e-6)


def test_mean_and_deviation_are_sums_over_the_levels():
    distribution = layer_of()(params())
    masses, pixels = level_masses(distribution), LEVELS.reshape(256, 1, 1, 1, 1)
    mean = (masses * pixels).sum(0)
    np.testing.assert_allclose(distribution.mean(), mean, rtol=1e-5, atol=1e-6)
    deviation = np.sqrt((masses * (pixels - mean) ** 2).sum(0))
    np.testing.assert_allclose(distribution.stddev(), deviation, rtol=1e-4)


@pytest.mark.parametrize("scale", [30.0, 1e4])
def test_extreme_parameters_give_finite_values_and_gradients(scale):
    values = tf.constant(params(scale=scale))
    for pixel in (0.0, 0.5, 1.0):
        with tf.GradientTape() as tape:
            tape.watch(values)
            log_prob = layer_of()(values).log_prob(tf.fill((5, *SHAPE), pixel))
        assert np.isfinite(log_prob).all()
        assert np.isfinite(tape.gradient(log_prob, values)).all()


def test_initial_params_give_the_mean_image_by_components_that_differ():
    mean = np.linspace(0.0, 1.0, 6, dtype="float32").reshape(SHAPE)
    raw = layer_of().initial_params(tf.constant(mean))
    assert raw.shape == (*SHAPE, 3 * COUNT)
    distribution = layer_of()(tf.reshape(raw, (1, -1)))
    expected = np.clip(mean, 1e-3, 1 - 1e-3)
    np.testing.assert_allclose(distribution.mean()[0], expected, atol=5e-5)
    means = distribution.distribution.components_distribution.mean()
    assert (np.diff(means, axis=-1) > 0.0).all()


def test_draws_are_levels_with_their_masses(assert_levels_follow):
    count = 50_000
    layer = DiscretizedLogisticMixture(2, 3)
    raw = np.float32(
        [[1, 0, -1, -0.4, 0.0, 0.3, -1, 0, -2], [0, 0, 2, 0.5, 0, 0, 1, 1, 0]]
    )
    values = np.tile(raw.reshape(1, -1), (count, 1))
    drawn = layer.draw(layer(values), random.row_seeds(1, count), 3).numpy()
    pixels = LEVELS[:, None, None]
    masses = np.exp(layer(values[:1]).distribution.log_prob(pixels))[:, 0]
    for i in range(2):
        assert_levels_follow(drawn[:, i], masses[:, i])


@pytest.mark.parametrize("bad", [0, -1, 2.5, True, None, "3"])
def test_the_number_of_components_is_checked(bad):
    for make in (DiscretizedLogisticMixture, DiscretizedLogisticMixture.params_size):
        with pytest.raises(ValueError, match="Received: num_components="):
            make(2, num_components=bad)


def test_it_is_a_likelihood_of_256_levels():
    assert layer_of().pixel_kind is PixelKind.LEVELS
