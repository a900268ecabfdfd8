import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import MultivariateNormalTriL, StandardNormal

tfd = tfp.distributions

PARAMS = np.random.default_rng(0).normal(size=(4, 9)).astype("float32")


def scale_of(distribution):
    return distribution.scale.to_dense().numpy()


def test_params_size_is_a_vector_and_a_triangle():
    sizes = [MultivariateNormalTriL.params_size(n) for n in (1, 2, 3, 64)]
    assert sizes == [2, 5, 9, 64 + 64 * 65 // 2]


def test_location_then_the_triangle():
    distribution = MultivariateNormalTriL(3)(PARAMS)
    np.testing.assert_array_equal(distribution.mean(), PARAMS[:, :3])
    expected = tfp.math.fill_triangular(PARAMS[:, 3:]).numpy()
    index = np.arange(3)
    diagonal = expected[:, index, index].astype("float64")
    expected[:, index, index] = np.log1p(np.exp(diagonal)) + 1e-5
    np.testing.assert_allclose(scale_of(distribution), expected, rtol=1e-6)


def test_log_prob_against_the_formula():
    distribution = MultivariateNormalTriL(3)(PARAMS)
    value = np.random.default_rng(1).normal(size=(4, 3))
    scale = scale_of(distribution).astype("float64")
    covariance = scale @ scale.transpose(0, 2, 1)
    centred = value - PARAMS[:, :3]
    solved = np.linalg.solve(covariance, centred[..., None])[..., 0]
    log_determinant = np.linalg.slogdet(2.0 * np.pi * covariance)[1]
    expected = -0.5 * (np.sum(centred * solved, -1) + log_determinant)
    actual = distribution.log_prob(value.astype("float32"))
    np.testing.assert_allclose(actual, expected, rtol=1e-4)


def test_the_kl_to_the_prior_has_a_closed_form():
    distribution = MultivariateNormalTriL(3)(PARAMS)
    scale = scale_of(distribution).astype("float64")
    expected = 0.5 * (
        (scale**2).sum((1, 2))
        + (PARAMS[:, :3] ** 2).sum(1)
        - 3.0
        - 2.0 * np.log(np.linalg.det(scale))
    )
    prior = StandardNormal(3).distribution()
    np.testing.assert_allclose(tfd.kl_divergence(distribution, prior), expected, 1e-5)


def test_scales_stay_between_the_bounds():
    extremes = np.float32([[0.0, 0.0, -1e30, -1e30, 1e30]])
    scale = scale_of(MultivariateNormalTriL(2)(extremes))[0]
    np.testing.assert_allclose(scale, [[1e4, 0.0], [-1e4, 1e-4]], rtol=1e-6)
    bounded = MultivariateNormalTriL(2, min_scale=0.5, max_scale=2.0)(extremes)
    np.testing.assert_array_equal(scale_of(bounded)[0], [[2.0, 0.0], [-2.0, 0.5]])
    with pytest.raises(ValueError, match="0 < min_scale < max_scale"):
        MultivariateNormalTriL(2, min_scale=0.0)


def test_a_draw_is_location_plus_scale_times_the_noise_of_the_seed():
    layer, seeds = MultivariateNormalTriL(3), random.row_seeds(1, 4)
    distribution = layer(PARAMS)
    noise = random.normal(seeds, (3,), random.Stream.LATENT)
    expected = np.einsum("bij,bj->bi", scale_of(distribution), noise) + PARAMS[:, :3]
    drawn = layer.draw(distribution, seeds, random.Stream.LATENT)
    np.testing.assert_allclose(drawn, expected, rtol=1e-5, atol=1e-6)


def test_many_draws_can_be_taken_in_pieces():
    layer, seeds = MultivariateNormalTriL(3), random.row_seeds(2, 4)
    distribution, stream = layer(PARAMS), random.Stream.IMPORTANCE
    whole = layer.draw_many(distribution, seeds, stream, 9)
    assert whole.shape == (9, 4, 3)
    pieces = [
        layer.draw_many(distribution, seeds, stream, 4),
        layer.draw_many(distribution, seeds, stream, 5, tf.constant(4)),
    ]
    np.testing.assert_allclose(tf.concat(pieces, 0), whole, rtol=1e-5, atol=1e-6)


def test_draws_have_the_covariance():
    layer, count = MultivariateNormalTriL(3), 50_000
    distribution, seeds = layer(PARAMS[:1]), random.row_seeds(3, 1)
    drawn = layer.draw_many(distribution, seeds, random.Stream.IMPORTANCE, count)
    expected = distribution.covariance()[0].numpy()
    actual = np.cov(drawn.numpy()[:, 0].T)
    np.testing.assert_allclose(actual, expected, atol=0.03 * np.abs(expected).max())


@pytest.mark.parametrize("many", [False, True])
def test_gradients_flow_through_draws_to_every_parameter(many):
    layer, seeds = MultivariateNormalTriL(3), random.row_seeds(1, 4)
    params = tf.constant(PARAMS)
    with tf.GradientTape() as tape:
        tape.watch(params)
        distribution = layer(params)
        drawn = (
            layer.draw_many(distribution, seeds, 1, 5)
            if many
            else layer.draw(distribution, seeds, 1)
        )
    gradient = tape.gradient(drawn, params).numpy()
    np.testing.assert_allclose(gradient[:, :3], 5.0 if many else 1.0, rtol=1e-6)
    assert np.abs(gradient).min() > 0.0


def test_untrained_params_give_a_well_conditioned_scale():
    distribution = MultivariateNormalTriL(3)(np.zeros((1, 9), "float32"))
    expected = (np.log(2.0) + 1e-5) * np.eye(3)
    np.testing.assert_allclose(scale_of(distribution)[0], expected, rtol=1e-6)


def test_validate_args_reaches_tfp():
    assert MultivariateNormalTriL(3, validate_args=True)(PARAMS).validate_args
