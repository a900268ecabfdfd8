import keras
import numpy as np
import pytest

import vaezoo
from vaezoo import random
from vaezoo.models import FullyConnectedVAE

SHAPE = (4, 3, 1)


@pytest.fixture
def make_model():
    """From arguments to a small model, always with the same weights."""

    def make(**kwargs):
        keras.utils.set_random_seed(3)
        arguments = {"latent_dim": 2, "hidden_units": (5,), "activation": "tanh"}
        model = FullyConnectedVAE(SHAPE, **{**arguments, **kwargs})
        rng = np.random.default_rng(4)
        for weight in model.trainable_weights:  # also biases, which begin at zero
            noise = rng.normal(0.0, 0.2, tuple(weight.shape))
            weight.assign(np.asarray(weight, "float64") + noise)
        return model

    return make


@pytest.fixture
def model(make_model):
    return make_model()


@pytest.fixture(scope="session")
def images():
    """Grey images, uint8."""
    rng = np.random.default_rng(5)
    return rng.integers(0, 256, (11, *SHAPE)).astype("uint8")


@pytest.fixture(scope="session")
def binary(images):
    """Images of zeros and ones, float32."""
    return (images > 127).astype("float32")


@pytest.fixture(scope="session")
def make_own_model():
    """From a likelihood's keyword arguments to a model of two plain Keras networks."""

    def make(**kwargs):
        encoder = keras.Sequential(
            [keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(4)]
        )
        decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(12)])
        return vaezoo.VAE(encoder, decoder, **kwargs)

    return make


@pytest.fixture(scope="session")
def training_seeds():
    """From the model's seed, a step and a number of rows to the seeds of a step."""

    def seeds(seed, step, rows):
        stream = random.Stream.TRAIN
        return random.row_seeds(random.fold_in(seed, step, stream), rows)

    return seeds
