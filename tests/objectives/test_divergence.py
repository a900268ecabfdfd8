import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import MultivariateNormalDiag, StandardNormal, as_tensor_like
from vaezoo.objectives import kl_divergence

tfd = tfp.distributions

LATENT = 3
PARAMS = np.random.default_rng(0).normal(size=(4, 2 * LATENT)).astype("float32")


def posterior_and_sample(params=PARAMS, stream=random.Stream.LATENT):
    layer = MultivariateNormalDiag(LATENT)
    posterior = layer(params)
    return posterior, layer.draw(posterior, random.row_seeds(1, len(params)), stream)


def numpy_kl(params):
    """KL(N(loc, diag(scale^2)) || N(0, I)), Kingma & Welling 2014, appendix B."""
    loc, raw = np.split(params.astype("float64"), 2, -1)
    scale = 1e-4 + np.log1p(np.exp(raw) * (np.e - 1.0))
    return -0.5 * np.sum(1.0 + np.log(scale**2) - loc**2 - scale**2, axis=-1)


def test_the_closed_form_is_that_of_the_paper():
    posterior, sample = posterior_and_sample()
    actual = kl_divergence(posterior, StandardNormal(LATENT).distribution(), sample)
    assert actual.shape == (4,)
    np.testing.assert_allclose(actual, numpy_kl(PARAMS), rtol=1e-5)


def test_the_closed_form_is_that_of_tfp_between_any_two_gaussians():
    posterior, sample = posterior_and_sample()
    loc, scale = np.float32([1.0, -2.0, 0.5]), np.float32([0.5, 2.0, 1.5])
    actual = kl_divergence(
        posterior, as_tensor_like(tfd.MultivariateNormalDiag(loc, scale)), sample
    )
    plain = tfd.MultivariateNormalDiag(posterior.mean(), posterior.stddev())
    expected = tfd.kl_divergence(plain, tfd.MultivariateNormalDiag(loc, scale))
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_the_closed_form_does_not_depend_on_the_sample():
    prior = StandardNormal(LATENT).distribution()
    posterior, sample = posterior_and_sample()
    first = kl_divergence(posterior, prior, sample)
    second = kl_divergence(posterior, prior, sample + 10.0)
    np.testing.assert_array_equal(first, second)


def test_it_is_zero_at_the_prior_and_positive_elsewhere():
    prior = StandardNormal(LATENT).distribution()
    same = as_tensor_like(
        tfd.MultivariateNormalDiag(tf.zeros((2, LATENT)), tf.ones((2, LATENT)))
    )
    np.testing.assert_array_equal(kl_divergence(same, prior, same), [0.0, 0.0])
    posterior, sample = posterior_and_sample()
    assert (kl_divergence(posterior, prior, sample).numpy() > 0.0).all()


def test_the_closed_form_is_the_mean_of_the_monte_carlo_estimate():
    count = 20_000
    params = np.repeat(PARAMS, count, axis=0)
    posterior, sample = posterior_and_sample(params)
    prior = StandardNormal(LATENT).distribution()
    estimates = posterior.log_prob(sample) - prior.log_prob(sample)
    estimates = np.reshape(estimates, (4, count))
    error = np.abs(estimates.mean(-1) - numpy_kl(PARAMS))
    assert (error < 4.5 * estimates.std(-1) / np.sqrt(count)).all()


def mixture():
    """A prior for which no closed form is known."""
    return tfd.MixtureSameFamily(
        tfd.Categorical(probs=[0.3, 0.7]),
        tfd.MultivariateNormalDiag(
            np.float32([[-1.0] * LATENT, [1.0] * LATENT]), tf.ones((2, LATENT))
        ),
    )


def test_monte_carlo_stands_in_where_there_is_no_closed_form():
    prior = mixture()
    posterior, sample = posterior_and_sample()
    with pytest.raises(NotImplementedError):
        tfd.kl_divergence(posterior, prior)
    actual = kl_divergence(posterior, prior, sample)
    loc, scale = np.float64(posterior.mean()), np.float64(posterior.stddev())
    z = np.float64(sample)

    def log_normal(z, loc, scale):
        terms = -0.5 * ((z - loc) / scale) ** 2 - np.log(scale * np.sqrt(2 * np.pi))
        return terms.sum(-1)

    log_prior = np.logaddexp(
        np.log(0.3) + log_normal(z, -1.0, 1.0), np.log(0.7) + log_normal(z, 1.0, 1.0)
    )
    expected = log_normal(z, loc, scale) - log_prior
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_monte_carlo_is_unbiased():
    # Over one dimension, where the integral can be done on a grid.
    prior = tfd.MixtureSameFamily(
        tfd.Categorical(probs=[0.3, 0.7]), tfd.Normal([-1.0, 1.0], [1.0, 0.5])
    )
    count = 20_000
    posterior = tfd.Normal(tf.fill((count,), 0.4), 0.8)
    sample = posterior.sample(seed=(1, 2))
    estimates = kl_divergence(posterior, prior, sample).numpy()
    grid = np.linspace(-6.0, 7.0, 4001, dtype="float32")
    density = posterior[0].prob(grid).numpy()
    ratio = posterior[0].log_prob(grid) - prior.log_prob(grid)
    expected = np.sum(density * ratio) * (grid[1] - grid[0])
    error = abs(estimates.mean() - expected)
    assert error < 4.5 * estimates.std() / np.sqrt(count)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("prior", [StandardNormal(LATENT).distribution, mixture])
def test_graph_and_xla_give_the_same(prior, jit_compile):
    def function(params):
        posterior, sample = posterior_and_sample(params)
        return kl_divergence(posterior, prior(), sample)

    expected = function(tf.constant(PARAMS))
    actual = tf.function(function, jit_compile=jit_compile)(tf.constant(PARAMS))
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)
