"""Images with missing parts: what is known is not guessed, nor scored."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

import vaezoo
from vaezoo.layers import DistributionLayer
from vaezoo.models.parts import LIKELIHOODS

tfd, tfb = tfp.distributions, tfp.bijectors

SHAPE = (4, 3, 1)


def make(shape=SHAPE, **kwargs):
    keras.utils.set_random_seed(1)
    condition = vaezoo.PartialImage(shape)
    return vaezoo.ConditionalVAE(shape, 2, condition, hidden_units=(6,), **kwargs)


@pytest.fixture(scope="module")
def model():
    return make()


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(0).integers(0, 2, (9, *SHAPE)).astype("float32")


@pytest.fixture(scope="module")
def y(model, x):
    """The same images, with about half of the pixels missing."""
    missing = np.random.default_rng(1).random((9, *SHAPE[:2])) < 0.5
    return model.condition.hide(x, missing)


def test_known_pixels_stay_as_they_are(model, x, y):
    known = ~np.isnan(y)
    for images in (
        model.reconstruct(x, y),
        model.predict((x, y), verbose=0),
        model.sample(9, seed=1, y=y),
        model((x, y)).numpy(),
    ):
        assert np.isfinite(images).all()
        np.testing.assert_array_equal(images[known], y[known])
        assert not np.isin(images[~known], [0.0, 1.0]).any()
    everything = model.decode(np.zeros((9, 2)), y).mean().numpy()
    assert not np.isin(everything, [0.0, 1.0]).any()


def test_the_likelihood_is_of_the_missing_pixels(model, x, y):
    seeds = tf.range(9, dtype=tf.int64)
    z = model.encode(x, y).mean()
    likelihood = model.decode(z.numpy(), y)
    pixels = likelihood.distribution.log_prob(x).numpy()
    expected = np.where(np.isnan(y), pixels, 0.0).sum(axis=(1, 2, 3))
    received = model.log_likelihood(likelihood, x, tf.constant(y))
    np.testing.assert_allclose(received, expected, rtol=1e-5)
    nothing, all_of_it = np.full_like(x, np.nan), x
    terms = model.terms(x, seeds, tf.constant(all_of_it))
    np.testing.assert_array_equal(terms.reconstruction, np.zeros(9))
    terms = model.terms(x, seeds, tf.constant(nothing))
    assert (terms.reconstruction.numpy() < -1.0).all()


def test_probabilities_of_all_completions_sum_to_one():
    model = make((2, 2, 1))
    y = np.array([[1.0, np.nan], [np.nan, np.nan]], "float32")[None, ..., None]
    missing = np.array(list(itertools.product([0.0, 1.0], repeat=3)), "float32")
    images = np.concatenate([np.ones((8, 1)), missing], axis=1).reshape(8, 2, 2, 1)
    log_prob = model.log_prob(images, 3000, 1, y[0])
    assert np.exp(log_prob).sum() == pytest.approx(1.0, abs=0.01)


def test_a_trained_model_completes_as_the_data_have_it():
    """The lower row repeats the upper one, with a tenth of the pixels flipped."""
    rng = np.random.default_rng(2)
    upper = rng.integers(0, 2, (8000, 1, 2, 1))
    x = np.concatenate([upper, upper ^ (rng.random(upper.shape) < 0.1)], axis=1) * 1.0
    model = make((2, 2, 1))
    missing = np.array([[False, False], [True, True]])
    model.compile(keras.optimizers.Adam(0.005), jit_compile=False)
    model.fit(x, model.condition.hide(x, missing), batch_size=100, epochs=8, verbose=0)
    every = np.array(list(itertools.product([0.0, 1.0], repeat=4))).reshape(-1, 2, 2, 1)
    received = model.log_prob(every, 500, 1, model.condition.hide(every, missing))
    same = (every[:, 0] == every[:, 1])[..., 0].sum(axis=-1)
    expected = 0.9**same * 0.1 ** (2 - same)
    np.testing.assert_allclose(np.exp(received), expected, atol=0.05)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_pixels_are_left_out_of_every_likelihood(likelihood):
    shape = (3, 2, 3)
    model = make(shape, likelihood=likelihood)
    x = np.random.default_rng(3).integers(0, 256, (2, *shape)).astype("uint8")
    y = model.condition.known_quadrants(x, 2)
    terms = model.elbo_terms(x, 1, y)
    assert np.isfinite(terms.elbo).all()
    z = np.zeros((2, 2), "float32")
    distribution = model.decode(z, y)
    target = model.prepare_target(tf.constant(x), tf.constant([1, 2], tf.int64))
    nothing = tf.fill((2, *shape), np.float32(np.nan))
    whole = model.likelihood.log_prob(distribution, target)
    received = model.log_likelihood(distribution, target, nothing)
    np.testing.assert_allclose(received, whole, rtol=1e-4)
    part = model.log_likelihood(distribution, target, tf.constant(y))
    other = model.condition.hide(x, ~np.isnan(y).all(axis=-1))
    rest = model.log_likelihood(distribution, target, tf.constant(other))
    np.testing.assert_allclose(part + rest, whole, rtol=1e-4)


class CorrelatedPixels(DistributionLayer):
    @classmethod
    def params_size(cls, event_shape):
        return int(np.prod(event_shape))

    def distribution(self, params):
        normal = tfd.MultivariateNormalDiag(params, tf.ones_like(params))
        return tfd.TransformedDistribution(normal, tfb.Reshape(self.event_shape))


def test_a_likelihood_of_dependent_pixels_is_refused():
    with pytest.raises(ValueError, match=r"independent.*Received: CorrelatedPixels"):
        make(likelihood=CorrelatedPixels(SHAPE))
    labels = vaezoo.Labels(3)
    likelihood = CorrelatedPixels(SHAPE)
    vaezoo.ConditionalVAE(SHAPE, 2, labels, hidden_units=(), likelihood=likelihood)


def test_a_condition_of_other_channels_is_a_hint():
    grey = vaezoo.PartialImage((4, 3, 1))
    model = vaezoo.ConditionalVAE((4, 3, 3), 2, grey, hidden_units=(5,))
    x = np.random.default_rng(4).integers(0, 2, (3, 4, 3, 3)).astype("float32")
    y = x[..., :1]
    assert model.reconstruct(x, y).shape == x.shape
    z = model.encode(x, y).mean().numpy()
    likelihood = model.decode(z, y)
    received = model.log_likelihood(likelihood, x, tf.constant(y))
    np.testing.assert_allclose(received, likelihood.log_prob(x), rtol=1e-5)
    np.testing.assert_allclose(model.reconstruct(x, y), likelihood.mean(), rtol=1e-5)


def test_an_autoencoder_completes_too(x, y):
    condition = vaezoo.PartialImage(SHAPE)
    model = vaezoo.Autoencoder(SHAPE, 2, condition=condition, hidden_units=(5,))
    known = ~np.isnan(y)
    images = model.reconstruct(x, y)
    np.testing.assert_array_equal(images[known], y[known])
    pixels = model.decode(model.encode(x, y), y).distribution.log_prob(x).numpy()
    expected = np.where(known, 0.0, pixels).sum(axis=(1, 2, 3))
    terms = model.terms(x, tf.range(9, dtype=tf.int64), tf.constant(y))
    np.testing.assert_allclose(terms.reconstruction, expected, rtol=1e-4)
