import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers import as_tensor_like
from vaezoo.objectives.marginals import factorize, factors, marginal_log_prob

tfd = tfp.distributions
RNG = np.random.default_rng(0)
LOC = RNG.normal(size=(4, 3)).astype("float32")
SCALE = RNG.uniform(0.5, 2.0, (4, 3)).astype("float32")
TRIL = np.tril(RNG.normal(size=(4, 3, 3))).astype("float32")
TRIL[:, range(3), range(3)] = SCALE
Z = RNG.normal(size=(4, 3)).astype("float32")

PRODUCTS = {
    "MultivariateNormalDiag": lambda: tfd.MultivariateNormalDiag(LOC, SCALE),
    "tensor-like": lambda: as_tensor_like(tfd.MultivariateNormalDiag(LOC, SCALE)),
    "Independent": lambda: tfd.Independent(tfd.Logistic(LOC, SCALE), 1),
    "without a batch": lambda: tfd.MultivariateNormalDiag(LOC[0], SCALE[0]),
    "mixtures": lambda: tfd.Independent(
        tfd.MixtureSameFamily(
            tfd.Categorical(logits=tf.zeros((4, 3, 2))),
            tfd.Normal(tf.stack([LOC, -LOC], -1), 1.0),
        ),
        1,
    ),
}


def triangular():
    return tfd.MultivariateNormalTriL(LOC, TRIL)


def mixture():
    locs = tf.stack([LOC, -LOC], 1)
    logits = tf.constant(RNG.normal(size=(4, 2)), tf.float32)
    trils = tf.stack([TRIL, 2.0 * TRIL], 1)
    return tfd.MixtureSameFamily(
        tfd.Categorical(logits=logits), tfd.MultivariateNormalTriL(locs, trils)
    )


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_factors_multiply_to_the_distribution(name):
    distribution = PRODUCTS[name]()
    assert factorize(distribution)
    parts = factors(distribution).log_prob(Z)
    assert parts.shape == (4, 3)
    whole = distribution.log_prob(Z)
    np.testing.assert_allclose(tf.reduce_sum(parts, -1), whole, rtol=1e-5)
    np.testing.assert_allclose(marginal_log_prob(distribution, Z), parts, rtol=1e-6)


@pytest.mark.parametrize("make", [triangular, mixture])
def test_dependent_dimensions_have_no_factors(make):
    assert factors(make()) is None
    assert not factorize(PRODUCTS["Independent"](), make())


@pytest.mark.parametrize("make", [triangular, mixture])
def test_a_marginal_is_the_histogram_of_a_dimension(make):
    distribution = make()
    samples = distribution.sample(40_000, seed=(1, 2)).numpy()[:, 0]
    edges = np.linspace(-1.0, 1.0, 5)
    fine = np.linspace(-1.0, 1.0, 4 * 50, endpoint=False).astype("float32") + 0.005
    grid = np.repeat(fine[:, None, None], 3, axis=2).repeat(4, axis=1)
    density = np.exp(marginal_log_prob(distribution, tf.constant(grid)))[:, 0]
    expected = density.reshape(4, 50, 3).mean(1) * 0.5
    for dimension in range(3):
        share = np.histogram(samples[:, dimension], edges)[0] / len(samples)
        error = np.sqrt(expected[:, dimension] / len(samples))
        assert (np.abs(share - expected[:, dimension]) < 4.5 * error + 1e-4).all()


def test_every_sample_under_every_posterior():
    pairs = marginal_log_prob(triangular(), Z[:, None])
    assert pairs.shape == (4, 4, 3)
    np.testing.assert_allclose(
        pairs[1, 2], marginal_log_prob(triangular(), Z[1])[2], rtol=1e-6
    )
    assert marginal_log_prob(mixture(), tf.constant(Z[:, None])).shape == (4, 4, 3)


def test_unknown_marginals_are_an_error():
    with pytest.raises(ValueError, match="Expected a posterior whose marginals") as got:
        marginal_log_prob(tfd.Dirichlet(tf.ones((4, 3))), tf.ones((4, 3)) / 3.0)
    assert str(got.value).endswith("Received: Dirichlet")
