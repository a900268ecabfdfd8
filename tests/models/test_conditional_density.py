"""Conditional models whose p(x|y) is known: in closed form, or of a toy data set."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

import vaezoo
from vaezoo.layers import DistributionLayer
from vaezoo.models import ConditionalNormal

tfd = tfp.distributions

# --- p(z|y) = N(m_y, s^2 I), p(x|z, y) = N(Wz + b_y, r^2 I) ---------------------------

SHAPE = (2, 3, 1)
PIXELS, LATENTS, CLASSES = 6, 2, 3
R, S = 0.15, 0.7
W = np.array(
    [[0.3, 0.1], [0.3, -0.1], [0.0, 0.2], [-0.2, 0.0], [0.1, 0.3], [0.1, -0.3]]
)
B = np.random.default_rng(1).uniform(0.3, 0.7, (CLASSES, PIXELS))
M = np.array([[0.0, 0.0], [1.0, -0.5], [-0.8, 0.9]])


class FixedScaleNormal(DistributionLayer):
    @classmethod
    def params_size(cls, event_shape):
        return int(np.prod(event_shape))

    def distribution(self, params):
        loc = tf.reshape(params, [-1, *self.event_shape])
        return tfd.Independent(tfd.Normal(loc, R), len(self.event_shape))


def raw_scale(scale):
    """What the Gaussian heads make a standard deviation of."""
    return np.log(np.expm1(scale - 1e-4)) - np.log(np.e - 1.0)


def make_model(shift=0.0):
    """The model whose posterior is off by `shift`."""
    images, y = keras.Input(SHAPE), keras.Input((CLASSES,))
    joined = keras.layers.Concatenate()([keras.layers.Flatten()(images), y])
    encoder = keras.Model([images, y], keras.layers.Dense(2 * LATENTS)(joined))
    z, y = keras.Input((LATENTS,)), keras.Input((CLASSES,))
    joined = keras.layers.Concatenate()([z, y])
    decoder = keras.Model([z, y], keras.layers.Dense(PIXELS)(joined))
    model = vaezoo.VAE(
        encoder,
        decoder,
        likelihood=FixedScaleNormal(SHAPE),
        prior=ConditionalNormal(LATENTS, hidden_units=()),
        condition=vaezoo.Labels(CLASSES),
    )
    # The columns of W are orthogonal, so the posterior is a diagonal Gaussian.
    variance = 1.0 / (1.0 / S**2 + (W**2).sum(axis=0) / R**2)
    of_image = W * variance / R**2
    of_label = M * variance / S**2 - B @ of_image
    scales = np.full(LATENTS, raw_scale(np.sqrt(variance)))
    kernel = np.concatenate([of_image, of_label + shift])
    encoder.layers[-1].set_weights(
        [
            np.concatenate([kernel, np.zeros_like(kernel)], axis=1),
            np.concatenate([np.zeros(LATENTS), scales]),
        ]
    )
    decoder.layers[-1].set_weights([np.concatenate([W.T, B]), np.zeros(PIXELS)])
    prior_scales = np.full((CLASSES, LATENTS), raw_scale(S))
    model.prior_layer.set_weights(
        [np.concatenate([M, prior_scales], axis=1), np.zeros(2 * LATENTS)]
    )
    return model


def exact_log_prob(x, y):
    normal = tfd.MultivariateNormalFullCovariance(
        (M @ W.T + B)[y], S**2 * W @ W.T + R**2 * np.eye(PIXELS)
    )
    return normal.log_prob(x.reshape(-1, PIXELS).astype("float64")).numpy()


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(0).random((6, *SHAPE), dtype="float32")


Y = np.array([0, 1, 2, 2, 1, 0])


@pytest.mark.parametrize("k", [1, 50])
def test_no_gap_at_the_true_posterior(x, k):
    model = make_model()
    exact = exact_log_prob(x, Y)
    np.testing.assert_allclose(model.log_prob(x, k, 1, Y), exact, atol=2e-3)
    wrong = model.log_prob(x, k, 1, (Y + 1) % CLASSES)
    assert np.abs(wrong - exact).min() > 0.1


def test_many_samples_of_another_posterior_give_log_p_of_x_given_y(x):
    exact = exact_log_prob(x, Y)
    model = make_model(shift=0.2)
    np.testing.assert_allclose(model.log_prob(x, 20_000, 1, Y), exact, atol=0.1)
    assert model.log_prob(x, 1, 1, Y).mean() < exact.mean() - 0.5


def test_the_bound_is_below_by_the_kl_to_the_true_posterior(x):
    rows = np.zeros(4000, int)
    model, y = make_model(shift=0.2), Y[rows]
    elbo = model.elbo(x[rows], 2, y)
    variance = 1.0 / (1.0 / S**2 + (W**2).sum(axis=0) / R**2)
    exact = exact_log_prob(x[:1], Y[:1])[0] - 0.5 * (0.2**2 / variance).sum()
    assert abs(elbo.mean() - exact) < 4 * elbo.std(ddof=1) / np.sqrt(len(elbo))


def test_samples_of_a_label_are_those_of_its_density(x):
    model = make_model()
    for label in range(CLASSES):
        images = model.sample(4000, seed=3, y=label).reshape(-1, PIXELS)
        error = images.std(axis=0, ddof=1) / np.sqrt(len(images))
        assert (np.abs(images.mean(axis=0) - (M @ W.T + B)[label]) < 5 * error).all()


# --- a toy data set: the pixels of class c are on with probabilities ON[c] ------------

ON = np.array([[0.9, 0.1, 0.8, 0.3], [0.1, 0.9, 0.2, 0.3], [0.5, 0.5, 0.1, 0.9]])
ALL = np.array(list(itertools.product([0.0, 1.0], repeat=4)), "float32")


def exact_probabilities(label):
    return np.prod(np.where(ALL > 0, ON[label], 1.0 - ON[label]), axis=1)


@pytest.fixture(scope="module")
def trained():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 3, 6000)
    x = (rng.random((6000, 4)) < ON[y]).astype("float32").reshape(-1, 2, 2, 1)
    keras.utils.set_random_seed(0)
    model = vaezoo.ConditionalVAE((2, 2, 1), 1, vaezoo.Labels(3), hidden_units=(16,))
    model.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    model.fit(x, y, batch_size=100, epochs=6, verbose=0)
    return model


@pytest.mark.parametrize("label", range(3))
def test_a_trained_model_generates_by_label(trained, label):
    images = trained.sample(500, seed=1, y=label).reshape(-1, 4)
    np.testing.assert_allclose(images.mean(axis=0), ON[label], atol=0.06)


@pytest.mark.parametrize("label", range(3))
def test_the_density_of_a_trained_model_is_that_of_the_label(trained, label):
    images = ALL.reshape(-1, 2, 2, 1)
    probabilities = np.exp(trained.log_prob(images, 500, 1, label))
    assert probabilities.sum() == pytest.approx(1.0, abs=0.02)
    np.testing.assert_allclose(probabilities, exact_probabilities(label), atol=0.04)
