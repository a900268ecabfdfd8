import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

import vaezoo
from vaezoo import random
from vaezoo.layers import DistributionLayer
from vaezoo.models import FullyConnectedVAE

tfd = tfp.distributions

SHAPE = (2, 3, 1)
PIXELS, LATENTS = 6, 2


@keras.saving.register_keras_serializable(package="vaezoo_objectives_tests")
class FixedScaleNormal(DistributionLayer):
    """A Gaussian of given scale."""

    scale = 0.15

    @classmethod
    def params_size(cls, event_shape):
        return int(np.prod(event_shape))

    def distribution(self, params):
        loc = tf.reshape(params, [-1, *self.event_shape])
        return tfd.Independent(tfd.Normal(loc, self.scale), len(self.event_shape))


class LinearGaussian:
    """p(z) = N(0, I), p(x|z) = N(Wz + b, s^2 I) with orthogonal columns of W."""

    w = np.array(
        [[0.3, 0.1], [0.3, -0.1], [0.0, 0.2], [-0.2, 0.0], [0.1, 0.3], [0.1, -0.3]]
    )
    b = np.array([0.5, 0.4, 0.6, 0.5, 0.3, 0.7])

    def model(self, objective, shift=0.0, stretch=1.0):
        """A VAE whose posterior is off by `shift` and too wide by `stretch`."""
        encoder = keras.Sequential(
            [keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(4)]
        )
        decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(PIXELS)])
        likelihood = FixedScaleNormal(SHAPE)
        model = vaezoo.VAE(encoder, decoder, likelihood=likelihood, objective=objective)
        variance = 1.0 / (1.0 + (self.w**2).sum(axis=0) / likelihood.scale**2)
        kernel = self.w * variance / likelihood.scale**2
        softplus = stretch * np.sqrt(variance) - model.posterior.min_scale
        raw = np.log(np.expm1(softplus)) - np.log(np.e - 1.0)
        encoder.layers[-1].set_weights(
            [
                np.concatenate([kernel, np.zeros_like(kernel)], axis=1),
                np.concatenate([-self.b @ kernel + shift, raw]),
            ]
        )
        decoder.layers[-1].set_weights([self.w.T, self.b])
        return model

    def log_prob(self, x):
        """The exact log p(x)."""
        covariance = self.w @ self.w.T + FixedScaleNormal.scale**2 * np.eye(PIXELS)
        centred = x.reshape(-1, PIXELS).astype("float64") - self.b
        mahalanobis = (centred @ np.linalg.inv(covariance) * centred).sum(axis=1)
        return -0.5 * (mahalanobis + np.linalg.slogdet(2 * np.pi * covariance)[1])

    def images(self, rows, copies):
        """`rows` images, `copies` times each."""
        x = np.random.default_rng(0).random((rows, *SHAPE), dtype="float32")
        return np.repeat(x, copies, axis=0)


@pytest.fixture(scope="session")
def linear_gaussian():
    return LinearGaussian()


@pytest.fixture
def make_model():
    """From an objective to a small model, always with the same weights."""

    def make(objective, image_shape=SHAPE, **kwargs):
        keras.utils.set_random_seed(3)
        kwargs = {"latent_dim": LATENTS, "hidden_units": (5,), **kwargs}
        model = FullyConnectedVAE(image_shape, objective=objective, **kwargs)
        rng = np.random.default_rng(4)
        for weight in model.trainable_weights:
            noise = rng.normal(0.0, 0.4, tuple(weight.shape))
            weight.assign(np.asarray(weight, "float64") + noise)
        return model

    return make


@pytest.fixture(scope="session")
def binary():
    """Eleven images of zeros and ones, float32."""
    return np.random.default_rng(5).integers(0, 2, (11, *SHAPE)).astype("float32")


@pytest.fixture(scope="session")
def seeds(binary):
    return random.row_seeds(7, len(binary))


@pytest.fixture(scope="session")
def training_seeds():
    """From the model's seed, a step and a number of rows to the seeds of a step."""

    def seeds(seed, step, rows):
        stream = random.Stream.TRAIN
        return random.row_seeds(random.fold_in(seed, step, stream), rows)

    return seeds
