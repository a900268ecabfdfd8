import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import StandardNormal

tfd = tfp.distributions


def test_the_density_is_the_formula():
    prior = StandardNormal(3).distribution()
    z = np.random.default_rng(0).normal(size=(5, 3))
    expected = -0.5 * (z**2).sum(-1) - 1.5 * np.log(2.0 * np.pi)
    np.testing.assert_allclose(prior.log_prob(z.astype("float32")), expected, rtol=1e-5)


def test_the_distribution_has_an_empty_batch_shape():
    prior = StandardNormal(3).distribution()
    assert isinstance(prior, tfd.MultivariateNormalDiag)
    assert prior.batch_shape == ()
    assert prior.event_shape == (3,)
    assert prior.sample(7, seed=1).shape == (7, 3)


def test_called_on_a_tensor_it_takes_the_batch_alone():
    for inputs in (tf.zeros((5, 2)), tf.ones((5, 4, 4, 1)), tf.zeros((0, 2))):
        repeated = StandardNormal(3)(inputs)
        assert repeated.batch_shape == inputs.shape[:1]
        np.testing.assert_array_equal(repeated.mean(), np.zeros((len(inputs), 3)))


def test_draws_are_the_noise_of_the_seed():
    seeds = random.row_seeds(1, 4)
    drawn = StandardNormal(3).draw(seeds, random.Stream.LATENT)
    expected = random.normal(seeds, (3,), random.Stream.LATENT)
    np.testing.assert_array_equal(drawn, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_float16"])
def test_densities_are_float32_or_better(dtype):
    prior = StandardNormal(3, dtype=dtype)
    expected = "float64" if dtype == "float64" else "float32"
    assert prior.distribution().dtype == expected
    assert prior(tf.zeros((2, 3))).dtype == expected


def test_it_has_no_weights():
    prior = StandardNormal(3)
    prior(tf.zeros((2, 3)))
    assert prior.weights == []
