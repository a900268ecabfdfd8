"""The VAE of TFP's own tutorial, with nothing changed but where names come from.

(And `inputs[0]`: Keras 3 wants an image, not a list of one, if the model's is a list.)
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

import vaezoo.layers as tfpl
from vaezoo.layers import StandardNormal

tfd, tfkl = tfp.distributions, keras.layers

INPUT_SHAPE, ENCODED_SIZE = (4, 4, 1), 2


@pytest.fixture(scope="module")
def images():
    # One row or one column of each image is white.
    drawn = np.zeros((8, *INPUT_SHAPE), "float32")
    for i in range(4):
        drawn[i, i], drawn[4 + i, :, i] = 1.0, 1.0
    return np.tile(drawn, (16, 1, 1, 1))


def make_vae(prior, **kwargs):
    keras.utils.set_random_seed(0)
    encoder = keras.Sequential(
        [
            tfkl.InputLayer(INPUT_SHAPE),
            tfkl.Flatten(),
            tfkl.Dense(32, "relu"),
            tfkl.Dense(tfpl.MultivariateNormalTriL.params_size(ENCODED_SIZE)),
            tfpl.MultivariateNormalTriL(
                ENCODED_SIZE,
                activity_regularizer=tfpl.KLDivergenceRegularizer(prior),
                **kwargs,
            ),
        ]
    )
    decoder = keras.Sequential(
        [
            tfkl.InputLayer((ENCODED_SIZE,)),
            tfkl.Dense(32, "relu"),
            tfkl.Dense(tfpl.IndependentBernoulli.params_size(INPUT_SHAPE)),
            tfpl.IndependentBernoulli(INPUT_SHAPE, tfd.Bernoulli.logits),
        ]
    )
    vae = keras.Model(inputs=encoder.inputs[0], outputs=decoder(encoder.outputs[0]))
    vae.compile(keras.optimizers.Adam(0.01), negloglik)
    return encoder, decoder, vae


@keras.saving.register_keras_serializable(package="vaezoo_tests")
def negloglik(x, rv_x):
    return -rv_x.log_prob(x)


def tfp_prior():
    zeros = tf.zeros(ENCODED_SIZE)
    return tfd.Independent(tfd.Normal(zeros, 1.0), reinterpreted_batch_ndims=1)


def test_it_learns(images):
    _, decoder, vae = make_vae(tfp_prior())
    before = vae.evaluate(images, images, verbose=0)
    vae.fit(images, images, epochs=60, verbose=0)
    assert vae.evaluate(images, images, verbose=0) < before - 4.0
    xhat = vae(images[:10])
    assert isinstance(xhat, tfd.Distribution)
    assert xhat.mode().shape == xhat.sample().shape == (10, *INPUT_SHAPE)
    assert decoder(tfp_prior().sample(10)).mean().shape == (10, *INPUT_SHAPE)


def test_its_loss_is_the_negative_elbo(images):
    prior = tfp_prior()
    encoder, decoder, vae = make_vae(prior, convert_to_tensor_fn="mean")
    posterior = encoder(images)
    z = posterior.mean()
    kl = posterior.log_prob(z) - prior.log_prob(z)
    expected = np.mean(kl - decoder(z).log_prob(images))
    loss = vae.evaluate(images, images, batch_size=30, verbose=0)
    assert loss == pytest.approx(expected, rel=1e-5)


def test_with_a_prior_of_ours_it_is_saved(images, tmp_path):
    _, _, vae = make_vae(StandardNormal(ENCODED_SIZE), convert_to_tensor_fn="mean")
    vae.fit(images, images, verbose=0)
    vae.save(tmp_path / "vae.keras")
    loaded = keras.saving.load_model(tmp_path / "vae.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded(images).mean(), vae(images).mean())
    expected = vae.evaluate(images, images, verbose=0)
    assert loaded.evaluate(images, images, verbose=0) == pytest.approx(expected)
