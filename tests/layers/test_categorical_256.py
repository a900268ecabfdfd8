import numpy as np
import pytest
import tensorflow as tf

from vaezoo import random
from vaezoo.layers import Categorical256, PixelKind, QuantizedCategorical

SHAPE = (2, 1, 3)
LEVELS = np.float32(np.arange(256) / 255)


def logits(rows=3, scale=1.0):
    values = np.random.default_rng(0).normal(size=(rows, 6 * 256))
    return (scale * values).astype("float32")


def masses(values):
    values = np.float64(values).reshape(-1, *SHAPE, 256)
    weights = np.exp(values - values.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def test_256_logits_an_element_lie_side_by_side():
    assert Categorical256.params_size(SHAPE) == 6 * 256
    pixels = Categorical256(SHAPE)(logits()).distribution
    assert isinstance(pixels, QuantizedCategorical)
    np.testing.assert_array_equal(pixels.logits, logits().reshape(3, *SHAPE, 256))
    np.testing.assert_allclose(pixels.probs_parameter(), masses(logits()), rtol=1e-5)


@pytest.mark.parametrize("lead", [(), (5,)])
def test_log_prob_is_the_log_mass_of_the_nearest_level(lead):
    layer = Categorical256(SHAPE)
    level = np.random.default_rng(1).integers(0, 256, (*lead, 3, *SHAPE))
    level[..., 0, 0, 0, :2] = [0, 255]
    nudge = np.random.default_rng(2).uniform(-0.49, 0.49, level.shape)
    pixels = (np.clip(level + nudge, 0, 255) / 255).astype("float32")
    chosen = np.broadcast_to(masses(logits()), (*level.shape, 256))
    chosen = np.take_along_axis(chosen, level[..., None], -1)[..., 0]
    expected = np.log(chosen).sum((-3, -2, -1))
    actual = layer.log_prob(layer(logits()), pixels)
    assert actual.shape == (*lead, 3)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_masses_sum_to_one():
    distribution = Categorical256(SHAPE)(logits(scale=10.0)).distribution
    log_masses = distribution.log_prob(LEVELS.reshape(256, 1, 1, 1, 1))
    total = np.exp(np.float64(log_masses)).sum(0)
    np.testing.assert_allclose(total, 1.0, rtol=1e-5)


def test_moments_are_sums_over_the_levels():
    distribution = Categorical256(SHAPE)(logits(scale=4.0))
    p, pixels = masses(logits(scale=4.0)), np.float64(LEVELS)
    mean = (p * pixels).sum(-1)
    np.testing.assert_allclose(distribution.mean(), mean, rtol=1e-5)
    deviation = np.sqrt((p * (pixels - mean[..., None]) ** 2).sum(-1))
    np.testing.assert_allclose(distribution.stddev(), deviation, rtol=1e-4)
    entropy = -(p * np.log(p)).sum((-4, -3, -2, -1))
    np.testing.assert_allclose(distribution.entropy(), entropy, rtol=1e-4)
    np.testing.assert_allclose(distribution.mode() * 255, p.argmax(-1), atol=1e-4)


def test_sure_pixels_have_means_of_exactly_0_and_1():
    sure = np.full((1, 2, 256), -1e4, "float32")
    sure[0, 0, 0] = sure[0, 1, 255] = 1e4
    distribution = Categorical256(2)(sure.reshape(1, -1))
    np.testing.assert_array_equal(distribution.mean(), [[0.0, 1.0]])


@pytest.mark.parametrize("scale", [100.0, 1e4])
def test_extreme_logits_give_finite_values_and_gradients(scale):
    values = tf.constant(logits(scale=scale))
    for pixel in (0.0, 1.0):
        with tf.GradientTape() as tape:
            tape.watch(values)
            log_prob = Categorical256(SHAPE)(values).log_prob(
                tf.fill((3, *SHAPE), pixel)
            )
        assert np.isfinite(log_prob).all()
        assert np.isfinite(tape.gradient(log_prob, values)).all()


def test_initial_params_give_the_mean_image():
    layer = Categorical256(SHAPE)
    mean = np.linspace(0.0, 1.0, 6, dtype="float32").reshape(SHAPE)
    params = layer.initial_params(tf.constant(mean))
    assert params.shape == (*SHAPE, 256)
    actual = layer(tf.reshape(params, (1, -1))).mean()[0]
    np.testing.assert_allclose(actual, np.clip(mean, 1e-3, 1 - 1e-3), atol=2e-5)


def test_draws_are_levels_with_their_masses(assert_levels_follow):
    count = 50_000
    layer = Categorical256(2)
    values = logits(1, scale=2.0)[:, :512]
    distribution = layer(np.tile(values, (count, 1)))
    drawn = layer.draw(distribution, random.row_seeds(1, count), 3).numpy()
    probability = np.exp(np.float64(values.reshape(2, 256)))
    probability /= probability.sum(-1, keepdims=True)
    for i in range(2):
        assert_levels_follow(drawn[:, i], probability[i])


def test_levels_without_mass_are_never_drawn():
    values = np.full((2000, 256), -1e4, "float32")
    values[:, [3, 200]] = 0.0
    layer = Categorical256(1)
    drawn = layer.draw(layer(values), random.row_seeds(1, 2000), 3).numpy() * 255
    assert set(drawn.round().ravel()) == {3.0, 200.0}


def test_it_is_a_likelihood_of_256_levels():
    assert Categorical256(2).pixel_kind is PixelKind.LEVELS
