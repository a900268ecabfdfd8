import math

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import MultivariateNormalDiag
from vaezoo.layers.multivariate_normal_diag import reparameterize

tfd = tfp.distributions

PARAMS = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")


def scale_of(raw, **bounds):
    params = np.stack([np.zeros_like(raw), raw], -1).astype("float32")
    return MultivariateNormalDiag(1, **bounds)(params).stddev().numpy()[:, 0]


def test_params_size_is_two_for_each_dimension():
    assert [MultivariateNormalDiag.params_size(n) for n in (1, 2, 64)] == [2, 4, 128]
    # As for TFP's own diagonal Gaussian, `tfp.layers.IndependentNormal`.
    assert MultivariateNormalDiag.params_size((3,)) == 6


def test_location_then_raw_scale():
    distribution = MultivariateNormalDiag(3)(PARAMS)
    raw = PARAMS[:, 3:].astype("float64")
    scale = 1e-4 + np.log1p(np.exp(raw) * (math.e - 1.0))
    np.testing.assert_array_equal(distribution.loc, PARAMS[:, :3])
    np.testing.assert_allclose(distribution.stddev(), scale, rtol=1e-6)


def test_an_untrained_posterior_has_unit_scale():
    assert scale_of(np.zeros(1)) == pytest.approx(1.0 + 1e-4, rel=1e-6)


def test_scales_stay_between_the_bounds():
    raw = np.array([-1e30, -1e4, -20.0, 0.0, 20.0, 1e4, 1e30])
    scales = scale_of(raw)
    assert scales[0] == np.float32(1e-4)
    assert scales[-1] == np.float32(1e4)
    assert (np.diff(scales) >= 0.0).all()
    bounded = scale_of(raw, min_scale=0.5, max_scale=2.0)
    assert bounded.min() == 0.5
    assert bounded.max() == 2.0


def test_the_gradient_of_the_scale_is_a_sigmoid():
    raw = tf.constant([[-5.0], [0.0], [5.0]])
    with tf.GradientTape() as tape:
        tape.watch(raw)
        params = tf.concat([tf.zeros_like(raw), raw], -1)
        scale = MultivariateNormalDiag(1)(params).stddev()
    expected = tf.sigmoid(raw + math.log(math.e - 1.0))
    np.testing.assert_allclose(tape.gradient(scale, raw), expected, rtol=1e-5)


def test_log_prob_against_the_formula():
    distribution = MultivariateNormalDiag(3)(PARAMS)
    value = np.random.default_rng(1).normal(size=(4, 3))
    loc, scale = (np.float64(distribution.mean()), np.float64(distribution.stddev()))
    terms = -0.5 * ((value - loc) / scale) ** 2 - np.log(scale * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(
        distribution.log_prob(value.astype("float32")), terms.sum(-1), rtol=1e-5
    )


def test_densities_may_be_beyond_float16():
    half = tf.cast(PARAMS, tf.float16)
    layer = MultivariateNormalDiag(3, dtype="mixed_float16")
    value = np.full((4, 3), 3000.0, "float32")
    actual = layer(half).log_prob(value)
    assert (actual < -65504.0).numpy().all()
    expected = MultivariateNormalDiag(3)(tf.cast(half, tf.float32)).log_prob(value)
    np.testing.assert_array_equal(actual, expected)


def test_a_draw_is_location_plus_scale_times_the_noise_of_the_seed():
    layer = MultivariateNormalDiag(3)
    distribution, seeds = layer(PARAMS), random.row_seeds(1, 4)
    noise = random.normal(seeds, (3,), random.Stream.LATENT)
    expected = distribution.mean() + distribution.stddev() * noise
    drawn = layer.draw(distribution, seeds, random.Stream.LATENT)
    np.testing.assert_allclose(drawn, expected, rtol=1e-6)
    np.testing.assert_allclose(reparameterize(distribution, noise), drawn, rtol=1e-6)
    other = layer.draw(distribution, seeds, random.Stream.IMPORTANCE)
    assert np.abs(other - drawn).min() > 0.0


def test_many_draws_can_be_taken_in_pieces():
    layer = MultivariateNormalDiag(3)
    distribution, seeds = layer(PARAMS), random.row_seeds(2, 4)
    stream = random.Stream.IMPORTANCE
    whole = layer.draw_many(distribution, seeds, stream, 9)
    assert whole.shape == (9, 4, 3)
    pieces = [
        layer.draw_many(distribution, seeds, stream, 4),
        layer.draw_many(distribution, seeds, stream, 5, tf.constant(4)),
    ]
    np.testing.assert_allclose(tf.concat(pieces, 0), whole, rtol=1e-5, atol=1e-6)
    one = layer.draw_many(distribution, seeds[2:3], stream, 9)
    assert one.shape == (9, 4, 3)  # one seed for all rows broadcasts
    compiled = tf.function(
        lambda params: layer.draw_many(layer(params), seeds, stream, 9),
        jit_compile=True,
    )
    np.testing.assert_allclose(compiled(PARAMS), whole, rtol=1e-5, atol=1e-5)


def test_many_draws_follow_the_distribution():
    layer = MultivariateNormalDiag(3)
    distribution = layer(PARAMS)
    drawn = layer.draw_many(distribution, random.row_seeds(3, 4), 0, 20_000).numpy()
    deviation = distribution.stddev().numpy()
    error = np.abs(drawn.mean(0) - distribution.mean()) / deviation
    assert error.max() < 4.5 / math.sqrt(20_000)
    np.testing.assert_allclose(drawn.std(0), deviation, rtol=0.03)


def test_draws_are_differentiable_in_the_parameters():
    layer, seeds = MultivariateNormalDiag(3), random.row_seeds(4, 4)
    params = tf.constant(PARAMS)
    with tf.GradientTape() as tape:
        tape.watch(params)
        drawn = layer.draw(layer(params), seeds, random.Stream.LATENT)
    gradient = tape.gradient(drawn, params).numpy()
    noise = random.normal(seeds, (3,), random.Stream.LATENT)
    slope = tf.sigmoid(PARAMS[:, 3:] + math.log(math.e - 1.0))
    np.testing.assert_array_equal(gradient[:, :3], np.ones((4, 3)))
    np.testing.assert_allclose(gradient[:, 3:], noise * slope, rtol=1e-5)


@pytest.mark.parametrize(
    "bounds", [(0.0, 1.0), (-1.0, 1.0), (2.0, 1.0), (1.0, np.inf), (np.nan, 1.0)]
)
def test_bounds_of_the_scale_are_checked(bounds):
    with pytest.raises(ValueError, match="Expected 0 < min_scale") as caught:
        MultivariateNormalDiag(3, min_scale=bounds[0], max_scale=bounds[1])
    expected = f"Received: min_scale={bounds[0]!r}, max_scale={bounds[1]!r}"
    assert str(caught.value).endswith(expected)


def test_the_bounds_are_kept_in_the_configuration():
    layer = MultivariateNormalDiag(3, min_scale=0.25, max_scale=3)
    config = layer.get_config()
    assert (config["event_size"], config["min_scale"]) == (3, 0.25)
    again = MultivariateNormalDiag.from_config(config)
    assert (again.min_scale, again.max_scale) == (0.25, 3.0)
