"""A VAE whose log p(x), posterior and bound are known in closed form.

p(z) = N(0, I), p(x|z) = N(Wz + b, s^2 I), so p(x) = N(b, WW' + s^2 I), and with
orthogonal columns of W the posterior is a diagonal Gaussian, linear in x.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

import vaezoo
from vaezoo import random
from vaezoo.layers import DistributionLayer, MultivariateNormalDiag
from vaezoo.models.importance import importance_log_weights

tfd = tfp.distributions

SHAPE = (2, 3, 1)
PIXELS, LATENTS = 6, 2
SCALE = 0.15
W = np.array(
    [[0.3, 0.1], [0.3, -0.1], [0.0, 0.2], [-0.2, 0.0], [0.1, 0.3], [0.1, -0.3]]
)
B = np.array([0.5, 0.4, 0.6, 0.5, 0.3, 0.7])
COPIES = 4000


@keras.saving.register_keras_serializable(package="test_linear_gaussian")
class FixedScaleNormal(DistributionLayer):
    """The head that a user would write: a Gaussian of given scale."""

    def __init__(self, event_shape, scale, **kwargs):
        super().__init__(event_shape, **kwargs)
        self.scale = scale

    @classmethod
    def params_size(cls, event_shape):
        return int(np.prod(event_shape))

    def distribution(self, params):
        loc = tf.reshape(params, [-1, *self.event_shape])
        return tfd.Independent(tfd.Normal(loc, self.scale), len(self.event_shape))

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


def true_posterior():
    """Weights from x to the mean, its bias, and the (constant) standard deviation."""
    variance = 1.0 / (1.0 + (W**2).sum(axis=0) / SCALE**2)
    kernel = W * variance / SCALE**2
    return kernel, -B @ kernel, np.sqrt(variance)


def make_model(shift=0.0, stretch=1.0):
    """The model whose posterior is off by `shift` and too wide by `stretch`."""
    encoder = keras.Sequential(
        [keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(2 * LATENTS)]
    )
    decoder = keras.Sequential([keras.Input((LATENTS,)), keras.layers.Dense(PIXELS)])
    likelihood = FixedScaleNormal(SHAPE, SCALE)
    model = vaezoo.VAE(encoder, decoder, likelihood=likelihood)
    kernel, bias, scale = true_posterior()
    softplus = stretch * scale - model.posterior.min_scale
    raw = np.log(np.expm1(softplus)) - np.log(np.e - 1.0)
    encoder.layers[-1].set_weights(
        [
            np.concatenate([kernel, np.zeros_like(kernel)], axis=1),
            np.concatenate([bias + shift, raw]),
        ]
    )
    decoder.layers[-1].set_weights([W.T, B])
    return model


def exact_log_prob(x):
    covariance = W @ W.T + SCALE**2 * np.eye(PIXELS)
    centred = x.reshape(-1, PIXELS).astype("float64") - B
    mahalanobis = (centred @ np.linalg.inv(covariance) * centred).sum(axis=1)
    log_det = np.linalg.slogdet(2.0 * np.pi * covariance)[1]
    return -0.5 * (mahalanobis + log_det)


def kl_to_true_posterior(shift, stretch):
    scale = true_posterior()[2]
    per_dimension = stretch**2 + (shift / scale) ** 2 - 1.0 - 2.0 * np.log(stretch)
    return 0.5 * per_dimension.sum()


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(0).random((5, *SHAPE), dtype="float32")


@pytest.fixture(scope="module")
def one_image(x):
    """The same image many times: the rows are independent draws."""
    return np.repeat(x[:1], COPIES, axis=0)


@pytest.fixture(scope="module")
def optimal():
    return make_model()


@pytest.fixture(scope="module")
def perturbed():
    return make_model(shift=0.2, stretch=1.3)


def standard_error(values):
    return values.std(ddof=1) / np.sqrt(len(values))


def test_the_encoder_is_the_true_posterior(optimal, x):
    kernel, bias, scale = true_posterior()
    # From the joint Gaussian of (x, z), without the orthogonality of W.
    precision = np.eye(LATENTS) + W.T @ W / SCALE**2
    covariance = np.linalg.inv(precision)
    mean = (x.reshape(-1, PIXELS) - B) @ W @ covariance / SCALE**2
    np.testing.assert_allclose(x.reshape(-1, PIXELS) @ kernel + bias, mean, rtol=1e-6)
    np.testing.assert_allclose(np.diag(scale**2), covariance, atol=1e-12)
    posterior = optimal.encode(x)
    np.testing.assert_allclose(posterior.mean(), mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(posterior.stddev(), [scale] * len(x), rtol=1e-5)


def test_every_importance_weight_of_the_true_posterior_is_p_of_x(optimal, x):
    weights = importance_log_weights(
        optimal, tf.constant(x), optimal.encoder(x), random.row_seeds(1, len(x)), 50
    )
    expected = np.repeat(exact_log_prob(x)[None], 50, axis=0)
    np.testing.assert_allclose(weights, expected, atol=1e-3)


@pytest.mark.parametrize("k", [1, 2, 5, 50, 1234])
def test_no_gap_at_the_true_posterior(optimal, x, k):
    for seed in (0, 1):
        estimate = optimal.log_prob(x, k, seed=seed)
        np.testing.assert_allclose(estimate, exact_log_prob(x), atol=1e-3)


def test_the_elbo_of_the_true_posterior_is_log_p_of_x_in_expectation(
    optimal, one_image
):
    elbo = optimal.elbo(one_image, seed=2)
    exact = exact_log_prob(one_image[:1])[0]
    assert abs(elbo.mean() - exact) < 4 * standard_error(elbo)


@pytest.mark.parametrize(("shift", "stretch"), [(0.2, 1.3), (-0.1, 0.7), (0.0, 2.0)])
def test_the_elbo_falls_short_by_the_kl_to_the_true_posterior(
    one_image, shift, stretch
):
    elbo = make_model(shift, stretch).elbo(one_image, seed=3)
    exact = exact_log_prob(one_image[:1])[0] - kl_to_true_posterior(shift, stretch)
    assert abs(elbo.mean() - exact) < 4 * standard_error(elbo)


def test_bounds_are_ordered_and_tend_to_log_p_of_x(perturbed, one_image):
    exact = exact_log_prob(one_image[:1])[0]
    elbo = perturbed.elbo(one_image, seed=4)
    few = perturbed.log_prob(one_image, 5, seed=5)
    more = perturbed.log_prob(one_image, 50, seed=6)
    # Each step is larger than chance would have it, and 50 samples still fall short.
    for lower, upper in ((elbo, few), (few, more), (more, np.full(COPIES, exact))):
        error = np.hypot(standard_error(lower), standard_error(upper))
        assert upper.mean() - lower.mean() > 4 * error


def test_many_samples_give_log_p_of_x_to_standard_error(perturbed, x):
    k = 20_000
    estimate = perturbed.log_prob(x, k, seed=7)
    seeds = random.row_seeds(7, len(x))
    weights = importance_log_weights(
        perturbed, tf.constant(x), perturbed.encoder(x), seeds, 2000
    )
    # Delta method: the error of a log of a mean is that of the mean over the mean.
    ratios = np.exp(weights - exact_log_prob(x))
    error = ratios.std(axis=0, ddof=1) / np.sqrt(k)
    assert (error < 0.05).all()
    assert (np.abs(estimate - exact_log_prob(x)) < 4 * error).all()


def test_training_finds_the_true_posterior(x):
    model = make_model(shift=0.2, stretch=1.3)
    model.decoder.trainable = False
    model.compile(keras.optimizers.Adam(0.02), jit_compile=False)
    images = np.clip(_data(512), 0.0, 1.0)
    model.fit(images, epochs=40, batch_size=128, verbose=0)
    gap = model.log_prob(x, 500, seed=1) - exact_log_prob(x)
    assert np.abs(gap).max() < 0.02
    scale = true_posterior()[2]
    np.testing.assert_allclose(model.encode(x[:1]).stddev()[0], scale, rtol=0.1)


def _data(n):
    rng = np.random.default_rng(8)
    latents, noise = rng.normal(size=(n, LATENTS)), rng.normal(size=(n, PIXELS))
    values = latents @ W.T + B + SCALE * noise
    return values.reshape(-1, *SHAPE).astype("float32")


def test_the_head_can_be_saved(tmp_path, x):
    model = make_model()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.elbo(x, seed=1), model.elbo(x, seed=1))
    assert isinstance(loaded.posterior, MultivariateNormalDiag)
    assert loaded.likelihood.scale == SCALE
