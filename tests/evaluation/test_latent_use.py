import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo import random
from vaezoo.evaluation import latent_use
from vaezoo.models import FullyConnectedVAE

SHAPE, LATENT_DIM = (4, 3, 1), 3


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (300, *SHAPE)).astype("uint8")


@pytest.fixture
def model():
    keras.utils.set_random_seed(1)
    model = FullyConnectedVAE(SHAPE, LATENT_DIM, hidden_units=(8,))
    layer = model.encoder.get_layer("posterior_params")
    kernel = layer.kernel.numpy() * 4.0
    kernel[:, [1, 4]] = 0.0  # dimension 1 does not see the image
    layer.kernel.assign(kernel)
    return model


def numpy_use(model, images):
    """KL per dimension and variance of the means, from the definitions."""
    seeds = random.row_seeds(0, len(images))
    target = random.bernoulli(seeds, tf.constant(images / 255.0, tf.float32))
    posterior = model.encode(target)
    loc, scale = (
        np.float64(posterior.mean()),
        np.float64(posterior.stddev()),
    )
    kl = 0.5 * (loc**2 + scale**2 - 1.0) - np.log(scale)
    return kl.mean(0), loc.var(0)


def test_the_use_of_each_dimension_is_its_definition(model, images):
    use = latent_use(model, images)
    kl, variance = numpy_use(model, images)
    assert use.kl.shape == use.variance.shape == (LATENT_DIM,)
    np.testing.assert_allclose(use.kl, kl, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(use.variance, variance, rtol=1e-4, atol=1e-9)
    assert use.active_units == 2
    assert use.kl[1] == pytest.approx(0.0, abs=1e-5)


def test_the_sum_is_the_kl_of_the_terms(model, images):
    kl = model.elbo_terms(images, seed=3).kl  # binarized with the same seed
    assert latent_use(model, images, seed=3).kl.sum() == pytest.approx(kl.mean())


def test_an_autoencoder_has_no_posterior(images):
    model = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten()])
    with pytest.raises(ValueError, match=r"Expected a vaezoo\.VAE") as caught:
        latent_use(model, images)
    assert str(caught.value).endswith("Received: Sequential")


def test_a_binary_image_is_measured_as_it_is(model, images):
    binary = (images > 127).astype("float32")
    first, second = latent_use(model, binary, seed=1), latent_use(model, binary, seed=2)
    np.testing.assert_array_equal(first.kl, second.kl)
    variance = model.encode(binary).mean().numpy().var(axis=0)
    np.testing.assert_allclose(first.variance, variance, rtol=1e-4, atol=1e-9)


def test_dependent_dimensions_are_measured_together(images):
    model = FullyConnectedVAE(
        SHAPE, LATENT_DIM, (8,), posterior="multivariate_normal_tril"
    )
    use = latent_use(model, images, seed=3)
    assert use.kl.shape == (1,)
    assert use.variance.shape == (LATENT_DIM,)
    kl = model.elbo_terms(images, seed=3).kl
    assert use.kl[0] == pytest.approx(kl.mean(), rel=1e-4)


def test_a_condition_counts(images):
    model = FullyConnectedVAE(SHAPE, LATENT_DIM, (8,), condition=vaezoo.Labels(3))
    first = latent_use(model, images, np.zeros(len(images), int))
    second = latent_use(model, images, np.ones(len(images), int))
    assert np.abs(first.kl - second.kl).max() > 0.0
    with pytest.raises(ValueError, match="Received: "):
        latent_use(model, images)
