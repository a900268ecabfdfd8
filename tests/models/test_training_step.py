"""One step of training against references that share no code with it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from vaezoo import random
from vaezoo.random import Stream

SEED = 17


def noise(seeds, images, latent_dim):
    """The binarized images and the latent noise of a step, float64."""
    target = random.bernoulli(seeds, tf.constant(images / 255.0, tf.float32))
    latent = random.normal(seeds, (latent_dim,), Stream.LATENT)
    return target.numpy().astype("float64"), latent.numpy().astype("float64")


def reference_terms(weights, target, latent):
    """Reconstruction and KL of a VAE with one tanh layer, in NumPy and float64."""
    w1, b1, w2, b2, w3, b3, w4, b4 = weights
    x = target.reshape(len(target), -1)
    loc, raw = np.split(np.tanh(x @ w1 + b1) @ w2 + b2, 2, axis=1)
    scale = 1e-4 + np.logaddexp(0.0, raw + np.log(np.e - 1.0))
    z = loc + scale * latent
    logits = np.tanh(z @ w3 + b3) @ w4 + b4
    log_prob = -x * np.logaddexp(0.0, -logits) - (1 - x) * np.logaddexp(0.0, logits)
    kl = 0.5 * (scale**2 + loc**2 - 1.0 - 2.0 * np.log(scale))
    return log_prob.sum(axis=1), kl.sum(axis=1)


def reference_loss(weights, target, latent, sample_weight=1.0):
    reconstruction, kl = reference_terms(weights, target, latent)
    return np.mean(sample_weight * (kl - reconstruction))


def reference_gradients(weights, *args, step=1e-6):
    """Central differences, one number at a time."""
    gradients = [np.zeros_like(weight) for weight in weights]
    for weight, gradient in zip(weights, gradients, strict=True):
        for index in np.ndindex(weight.shape):
            value = weight[index]
            weight[index] = value + step
            above = reference_loss(weights, *args)
            weight[index] = value - step
            below = reference_loss(weights, *args)
            weight[index] = value
            gradient[index] = (above - below) / (2.0 * step)
    return gradients


def float64_weights(model):
    return [np.asarray(weight).astype("float64") for weight in model.trainable_weights]


def test_terms_are_those_of_the_reference(model, images):
    seeds = random.row_seeds(1, len(images))
    terms = model.terms(images, seeds)
    reconstruction, kl = reference_terms(
        float64_weights(model), *noise(seeds, images, 2)
    )
    np.testing.assert_allclose(terms.reconstruction, reconstruction, rtol=1e-5)
    np.testing.assert_allclose(terms.kl, kl, rtol=1e-4)
    np.testing.assert_allclose(terms.elbo, reconstruction - kl, rtol=1e-5)
    np.testing.assert_allclose(terms.loss, kl - reconstruction, rtol=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True], ids=["graph", "XLA"])
def test_train_step_follows_the_gradient_of_the_reference(
    make_model, images, training_seeds, jit_compile
):
    model = make_model(seed=SEED)
    rate, weights = 0.1, float64_weights(model)
    sample_weight = np.linspace(0.0, 2.0, len(images))
    model.compile(keras.optimizers.SGD(rate), jit_compile=jit_compile)
    for step in range(2):
        data = noise(training_seeds(SEED, step, len(images)), images, 2)
        reconstruction, kl = reference_terms(weights, *data)
        logs = model.train_on_batch(
            images, sample_weight=sample_weight, return_dict=True
        )
        mean = np.average(kl - reconstruction, weights=sample_weight)
        assert float(logs["loss"]) == pytest.approx(mean, rel=1e-5)
        gradients = reference_gradients(weights, *data, sample_weight)
        for weight, gradient in zip(weights, gradients, strict=True):
            weight -= rate * gradient
    for weight, expected in zip(model.trainable_weights, weights, strict=True):
        np.testing.assert_allclose(np.asarray(weight), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("training", [False, True])
def test_every_trainable_weight_gets_a_gradient(model, images, training):
    with tf.GradientTape() as tape:
        loss = model.terms(images, random.row_seeds(0, len(images)), training=training)
    gradients = tape.gradient(loss.loss, [w.value for w in model.trainable_weights])
    assert len(gradients) == 8
    for gradient in gradients:
        values = gradient.numpy()
        assert np.isfinite(values).all()
        assert values.any()


def test_regularization_is_part_of_what_a_step_minimizes(make_model, images):
    plain, regularized = make_model(), make_model()
    layer = regularized.encoder.get_layer("hidden_0")
    layer.kernel.regularizer = keras.regularizers.L2(0.5)
    before = np.asarray(layer.kernel)
    for model in (plain, regularized):
        model.compile(keras.optimizers.SGD(0.1), jit_compile=False)
        model.train_on_batch(images)
    difference = np.asarray(layer.kernel) - np.asarray(
        plain.encoder.get_layer("hidden_0").kernel
    )
    np.testing.assert_allclose(difference, -0.1 * before, rtol=1e-3, atol=1e-5)


def test_each_step_has_noise_of_its_own(make_model, images, training_seeds):
    model = make_model(seed=SEED)
    model.compile(keras.optimizers.SGD(0.0), jit_compile=False)
    for step in range(3):
        logs = model.train_on_batch(images, return_dict=True)
        terms = model.terms(images, training_seeds(SEED, step, len(images)))
        expected = float(tf.reduce_mean(terms.loss))
        assert float(logs["loss"]) == pytest.approx(expected, rel=1e-5)
    assert logs.keys() == {"loss", "elbo", "reconstruction", "kl"}
