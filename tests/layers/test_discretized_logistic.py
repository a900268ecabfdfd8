import numpy as np
import pytest
import tensorflow as tf

from vaezoo import random
from vaezoo.layers import DiscretizedLogistic, PixelKind, QuantizedLogistic

SHAPE = (3, 2, 2)
PARAMS = np.random.default_rng(0).normal(size=(4, 24)).astype("float32")


def softplus(x):
    return np.log1p(np.exp(x))


def test_two_parameters_an_element_lie_side_by_side():
    assert DiscretizedLogistic.params_size(SHAPE) == 24
    pixels = DiscretizedLogistic(SHAPE)(PARAMS).distribution
    assert isinstance(pixels, QuantizedLogistic)
    raw = PARAMS.reshape(4, *SHAPE, 2)
    np.testing.assert_allclose(pixels.loc, 0.5 + raw[..., 0], rtol=1e-6)
    scale = 5e-4 + softplus(raw[..., 1] + np.log(np.expm1(0.1)))
    np.testing.assert_allclose(pixels.scale, scale, rtol=1e-5)


def test_log_prob_is_the_formula_in_float64():
    layer = DiscretizedLogistic(SHAPE)
    distribution = layer(PARAMS)
    level = np.random.default_rng(1).integers(0, 256, (4, *SHAPE))
    level[0, 0] = [[0, 255], [255, 0]]
    loc, scale = (
        np.float64(p)
        for p in (
            0.5 + PARAMS.reshape(4, *SHAPE, 2)[..., 0],
            distribution.distribution.scale,
        )
    )
    upper = np.where(level == 255, np.inf, (level + 0.5) / 255)
    lower = np.where(level == 0, -np.inf, (level - 0.5) / 255)
    u, v = (lower - loc) / scale, (upper - loc) / scale
    # Of the two equal differences, the one of small numbers.
    flip = u + v > 0
    with np.errstate(over="ignore", invalid="ignore"):
        cdf = [1 / (1 + np.exp(-np.where(flip, -z, z))) for z in (u, v)]
    expected = np.log(np.abs(cdf[1] - cdf[0])).sum((1, 2, 3))
    actual = layer.log_prob(distribution, (level / 255).astype("float32"))
    np.testing.assert_allclose(actual, expected, rtol=1e-4)


def test_scales_are_bounded_and_extremes_finite():
    layer = DiscretizedLogistic(2, min_scale=0.01, max_scale=2.0)
    params = tf.constant([[0.0, -1e4, 0.0, 1e4], [-1e4, 1e4, 1e4, -1e4]])
    with tf.GradientTape() as tape:
        tape.watch(params)
        distribution = layer(params)
        log_prob = distribution.log_prob([[0.0, 1.0], [1.0, 0.0]])
    scale = [[0.01, 2.0], [2.0, 0.01]]
    np.testing.assert_allclose(distribution.distribution.scale, scale, rtol=1e-6)
    assert np.isfinite(log_prob).all()
    assert np.isfinite(tape.gradient(log_prob, params)).all()


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (2.0, 1.0), (1.0, np.inf), (-1.0, 1.0)])
def test_bounds_are_checked(bounds):
    with pytest.raises(ValueError, match=r"min_scale < max_scale.*Received: min_scale"):
        DiscretizedLogistic(2, min_scale=bounds[0], max_scale=bounds[1])


def test_it_is_a_likelihood_of_256_levels():
    layer = DiscretizedLogistic(2)
    assert layer.pixel_kind is PixelKind.LEVELS
    assert not layer.binary


def test_initial_params_give_the_mean_image():
    layer = DiscretizedLogistic(SHAPE)
    mean = np.linspace(0.0, 1.0, 12, dtype="float32").reshape(SHAPE)
    params = layer.initial_params(tf.constant(mean))
    assert params.shape == (*SHAPE, 2)
    distribution = layer(tf.reshape(params, (1, -1)))
    expected = np.clip(mean, 1e-3, 1 - 1e-3)
    np.testing.assert_allclose(distribution.mean()[0], expected, atol=2e-5)
    # Half the deviation of a coin of that mean: neither sure nor blind.
    deviation = 0.5 * np.sqrt(expected * (1 - expected))
    ratio = distribution.stddev()[0].numpy() / deviation
    assert 0.2 < ratio.min() < ratio.max() < 1.1


def test_draws_are_levels_with_their_masses(assert_levels_follow):
    count = 50_000
    layer = DiscretizedLogistic(2)
    params = np.tile(np.float32([[-0.45, -0.5, 0.1, 0.3]]), (count, 1))
    drawn = layer.draw(layer(params), random.row_seeds(1, count), 3).numpy()
    levels = np.float32(np.arange(256) / 255)
    log_masses = layer(params[:1]).distribution.log_prob(levels[:, None, None])[:, 0]
    for i in range(2):
        assert_levels_follow(drawn[:, i], np.exp(log_masses[:, i]))
    correlation = np.corrcoef(drawn.T)[0, 1]
    assert abs(correlation) < 4.5 / np.sqrt(count)
