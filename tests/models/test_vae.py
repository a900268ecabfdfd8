"""What a VAE is made of, and what its verbs return."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers import (
    IndependentBernoulli,
    MultivariateNormalDiag,
    OneHotCategorical,
    StandardNormal,
)
from vaezoo.models import (
    VAE,
    ConvolutionalVAE,
    FullyConnectedVAE,
    families,
    register_family,
    registry,
)
from vaezoo.objectives import ELBO

tfd = tfp.distributions
SHAPE = (4, 3, 1)


def dense(inputs, units):
    return keras.Sequential(
        [keras.Input(inputs), keras.layers.Flatten(), keras.layers.Dense(units)]
    )


def of_any_height(units):
    return keras.Sequential(
        [
            keras.Input((None, 3, 1)),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(units),
        ]
    )


def test_defaults_follow_from_the_networks():
    model = VAE(dense(SHAPE, 10), dense((5,), 12))
    assert (model.image_shape, model.latent_dim) == (SHAPE, 5)
    assert isinstance(model.posterior, MultivariateNormalDiag)
    assert isinstance(model.likelihood, IndependentBernoulli)
    assert isinstance(model.prior_layer, StandardNormal)
    assert isinstance(model.objective, ELBO)
    assert not model.conditional
    assert model.built
    assert [tuple(w.shape) for w in model.weights] == [(12, 10), (10,), (5, 12), (12,)]


def test_networks_of_any_kind(images):
    inputs = keras.Input(SHAPE)
    hidden = keras.layers.Flatten()(keras.layers.Conv2D(2, 2)(inputs))
    encoder = keras.Model(inputs, keras.layers.Dense(4)(hidden))
    decoder = keras.Sequential(
        [keras.layers.Dense(12), keras.layers.Reshape(SHAPE)]
    )  # not built, and with outputs in the shape of images
    model = VAE(encoder, decoder)
    assert model.sample(3, seed=0).shape == (3, *SHAPE)
    assert model.log_prob(images, 3, seed=0).shape == (len(images),)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: VAE(dense(SHAPE, 9), dense((5,), 12)), "even number of outputs"),
        (lambda: VAE(dense(SHAPE, 10), dense((5,), 11)), "decoder with 12 outputs"),
        (lambda: VAE(dense((12,), 10), dense((5,), 12)), "channels"),
        (lambda: VAE(of_any_height(10), dense((5,), 12)), "channels"),
        (
            lambda: VAE(keras.Sequential([keras.layers.Dense(4)]), dense((2,), 12)),
            "built encoder",
        ),
        (
            lambda: VAE(
                dense(SHAPE, 10), dense((5,), 12), likelihood=IndependentBernoulli(12)
            ),
            "event shape",
        ),
        (
            lambda: VAE(dense(SHAPE, 10), dense((5,), 12), prior=StandardNormal(4)),
            "same latent space",
        ),
        (
            lambda: VAE(
                dense(SHAPE, 10), dense((5,), 12), posterior=MultivariateNormalDiag(4)
            ),
            "8 parameters",
        ),
        (
            lambda: VAE(
                dense(SHAPE, 10), dense((10,), 12), posterior=OneHotCategorical(10)
            ),
            "reparameterized draws",
        ),
    ],
)
def test_pieces_that_do_not_fit(make, expected):
    with pytest.raises(ValueError, match=expected) as caught:
        make()
    assert "Received: " in str(caught.value)


def test_encode_decode_and_prior_are_distributions(model, images):
    posterior = model.encode(images)
    assert isinstance(posterior, tfd.MultivariateNormalDiag)
    assert (posterior.batch_shape, posterior.event_shape) == ((11,), (2,))
    likelihood = model.decode(posterior.mean())
    assert isinstance(likelihood, tfd.Independent)
    assert (likelihood.batch_shape, likelihood.event_shape) == ((11,), SHAPE)
    assert isinstance(model.prior, tfd.MultivariateNormalDiag)
    assert (model.prior.batch_shape, model.prior.event_shape) == ((), (2,))
    kl = tfd.kl_divergence(posterior, model.prior)
    mean, stddev = posterior.mean().numpy(), posterior.stddev().numpy()
    expected = 0.5 * (stddev**2 + mean**2 - 1 - 2 * np.log(stddev)).sum(axis=1)
    np.testing.assert_allclose(kl, expected, rtol=1e-4, atol=1e-6)
    assert model.prior_for() is not None


def test_images_come_out_in_0_1(model, images):
    for result in (model.sample(5, seed=0), model.reconstruct(images), model(images)):
        result = np.asarray(result)
        assert result.dtype == np.float32
        assert result.shape[1:] == SHAPE
        assert 0.0 <= result.min() <= result.max() <= 1.0
    expected = model.decode(model.encode(images).mean()).mean()
    np.testing.assert_allclose(model.reconstruct(images), expected, rtol=1e-6)


def test_the_verbs_work_in_a_graph(model, images):
    @tf.function
    def kl(x):
        posterior = model.encode(x)
        return model.decode(posterior.mean()).mean(), posterior.stddev()

    mean, stddev = kl(tf.constant(images))
    np.testing.assert_allclose(mean, model.reconstruct(images), rtol=1e-5)
    np.testing.assert_allclose(stddev, model.encode(images).stddev(), rtol=1e-5)


def test_uint8_bool_and_float_images_are_the_same_images(model, images, binary):
    floats = images.astype("float32") / 255.0
    for verb in (model.reconstruct, lambda x: model.elbo(x, seed=1)):
        np.testing.assert_allclose(verb(floats), verb(images), rtol=1e-5)
        np.testing.assert_allclose(verb(binary.astype(bool)), verb(binary), rtol=1e-5)


def test_binary_images_are_scored_as_they_are(model, binary):
    reconstruction = model.elbo_terms(binary, seed=1).reconstruction
    seeds = np.arange(len(binary))
    target = model.prepare_target(binary, tf.constant(seeds, tf.int64))
    np.testing.assert_array_equal(target, binary)
    assert (reconstruction < 0).all()


def test_long_arrays_pass_through_in_batches(model, monkeypatch, images):
    seeds = list(range(len(images)))
    expected = (model.reconstruct(images), model.elbo(images, seeds))
    monkeypatch.setattr("vaezoo.models.VAE._rows_at_a_time", 3)
    received = (model.reconstruct(images), model.elbo(images, seeds))
    for actual, value in zip(received, expected, strict=True):
        np.testing.assert_allclose(actual, value, rtol=1e-5)
    assert model.encode(images).batch_shape == (len(images),)


@pytest.mark.parametrize("family", [FullyConnectedVAE, ConvolutionalVAE])
def test_adapt_starts_from_the_mean_image(family, images):
    model = family((4, 3, 1), latent_dim=2)
    model.adapt(images)
    logits = model.decoder.layers[-1] if family is FullyConnectedVAE else None
    mean = images.mean(axis=0) / 255.0
    if logits is not None:
        probability = 1.0 / (1.0 + np.exp(-np.asarray(logits.bias)))
        np.testing.assert_allclose(probability.reshape(SHAPE), mean, rtol=1e-4)
    start = model.sample(50, seed=1).mean()
    assert start == pytest.approx(mean.mean(), abs=0.1)


def test_a_decoder_without_bias_cannot_adapt(images):
    decoder = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(12, use_bias=False)]
    )
    with pytest.raises(ValueError, match=r"one bias a pixel.*Received: layer"):
        VAE(dense(SHAPE, 4), decoder).adapt(images)


def test_a_user_can_register_a_family(monkeypatch):
    assert {"ConvolutionalVAE", "FullyConnectedVAE"} <= set(families())
    monkeypatch.setattr(registry, "_FAMILIES", dict(registry._FAMILIES))

    @register_family
    class MyVAE(FullyConnectedVAE):
        pass

    assert families()["MyVAE"] is MyVAE
    assert list(families()) == sorted(families())
