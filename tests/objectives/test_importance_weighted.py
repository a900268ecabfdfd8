import itertools

import numpy as np
import pytest
import tensorflow as tf

from vaezoo import random
from vaezoo.objectives import ELBO, ImportanceWeighted
from vaezoo.random import Stream

COPIES = 3000


def standard_error(values):
    return values.std(ddof=1) / np.sqrt(len(values))


def bound(linear_gaussian, k, seed, **kwargs):
    """L_k of one image, many times."""
    model = linear_gaussian.model(ImportanceWeighted(k), **kwargs)
    images = linear_gaussian.images(1, COPIES)
    return -model.terms(images, random.row_seeds(seed, COPIES)).loss.numpy()


def test_the_bound_tightens_with_every_sample_and_stays_below(linear_gaussian):
    off = {"shift": 0.2, "stretch": 1.3}
    exact = linear_gaussian.log_prob(linear_gaussian.images(1, 1))[0]
    model = linear_gaussian.model(ELBO(), **off)
    elbo = model.elbo(linear_gaussian.images(1, COPIES), seed=9)
    bounds = [bound(linear_gaussian, k, k, **off) for k in (1, 3, 10)]
    error = np.hypot(standard_error(elbo), standard_error(bounds[0]))
    assert abs(elbo.mean() - bounds[0].mean()) < 4 * error
    bounds.append(np.full(COPIES, exact))
    for lower, upper in itertools.pairwise(bounds):
        error = np.hypot(standard_error(lower), standard_error(upper))
        assert upper.mean() - lower.mean() > 4 * error
    many = bound(linear_gaussian, 100, 100, **off)
    assert abs(exact - many.mean()) < 0.05 * (exact - elbo.mean())


@pytest.mark.parametrize("k", [1, 4])
def test_there_is_no_gap_at_the_true_posterior(linear_gaussian, k):
    exact = linear_gaussian.log_prob(linear_gaussian.images(1, 1))[0]
    np.testing.assert_allclose(bound(linear_gaussian, k, 0), exact, atol=1e-3)


def log_weights_by_hand(model, images, seeds, k):
    """The log-weights of sample after sample, `(k, batch)`, and the samples."""
    posterior = model.infer(images)
    noise = random.normal(seeds, (k, model.latent_dim), Stream.LATENT)
    samples, log_weights = [], []
    for i in range(k):
        z = posterior.mean() + posterior.stddev() * noise[:, i]
        log_weights.append(
            model.generate(z).log_prob(images)
            + model.prior.log_prob(z)
            - posterior.log_prob(z)
        )
        samples.append(z)
    return tf.stack(log_weights), samples


def softmax(log_weights):
    weights = np.exp(log_weights - np.max(log_weights, axis=0))
    return weights / weights.sum(axis=0)


@pytest.mark.parametrize("k", [1, 2, 7])
def test_value_and_terms_are_those_of_the_log_weights(make_model, binary, seeds, k):
    model = make_model(ImportanceWeighted(k))
    terms = model.terms(binary, seeds)
    log_weights, samples = log_weights_by_hand(model, tf.constant(binary), seeds, k)
    expected = np.logaddexp.reduce(log_weights, axis=0) - np.log(k)
    np.testing.assert_allclose(-terms.loss, expected, rtol=1e-5)
    scores = [model.generate(z).log_prob(binary) for z in samples]
    np.testing.assert_allclose(terms.reconstruction, np.mean(scores, 0), rtol=1e-5)
    plain = make_model(ELBO()).terms(binary, seeds)
    np.testing.assert_allclose(terms.kl, plain.kl, rtol=1e-6)
    np.testing.assert_allclose(terms.elbo, terms.reconstruction - terms.kl, rtol=1e-6)
    assert {tuple(term.shape) for term in terms} == {(len(binary),)}


def test_one_sample_is_the_sample_of_the_elbo(make_model, binary, seeds):
    terms = make_model(ImportanceWeighted(1)).terms(binary, seeds)
    plain = make_model(ELBO()).terms(binary, seeds)
    np.testing.assert_allclose(terms.elbo, plain.elbo, rtol=1e-6)


def test_the_gradient_weighs_the_best_samples_most(make_model, binary, seeds):
    k = 5
    model = make_model(ImportanceWeighted(k))
    weights = [weight.value for weight in model.trainable_weights]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model.terms(binary, seeds, training=True).loss)
    actual = tape.gradient(loss, weights)
    with tf.GradientTape() as tape:
        log_weights, _ = log_weights_by_hand(model, tf.constant(binary), seeds, k)
        # A share for each sample, from NumPy: no gradient passes through it.
        weighted = tf.reduce_sum(softmax(log_weights.numpy()) * log_weights)
    expected = tape.gradient(weighted, weights)
    for gradient, reference in zip(actual, expected, strict=True):
        assert np.abs(reference).max() > 0.0
        np.testing.assert_allclose(gradient, -reference, rtol=1e-3, atol=1e-5)
    with tf.GradientTape() as tape:
        log_weights, _ = log_weights_by_hand(model, tf.constant(binary), seeds, k)
        shares = softmax(-log_weights.numpy())  # the wrong way round
        weighted = tf.reduce_sum(shares * log_weights)
    wrong = tape.gradient(weighted, weights)
    assert np.abs(wrong[0] + actual[0]).max() > 0.1 * np.abs(actual[0]).max()


def test_the_warm_up_multiplies_the_log_ratio(make_model, binary, seeds):
    k = 4
    model = make_model(ImportanceWeighted(k, warm_up_steps=10))
    log_weights, samples = log_weights_by_hand(model, tf.constant(binary), seeds, k)
    scores = np.array([model.generate(z).log_prob(binary) for z in samples])
    for step, weight in ((0, 0.0), (3, 0.3), (10, 1.0), (99, 1.0)):
        terms = model.terms(binary, seeds, step=tf.constant(step, tf.int64))
        tempered = scores - weight * (scores - log_weights.numpy())
        expected = np.logaddexp.reduce(tempered, axis=0) - np.log(k)
        np.testing.assert_allclose(-terms.loss, expected, rtol=1e-5)
        full = model.terms(binary, seeds)
        np.testing.assert_allclose(terms.elbo, full.elbo, rtol=1e-6)


def test_free_bits_replace_the_log_ratio_of_a_dimension(make_model, binary, seeds):
    k = 4
    model = make_model(ImportanceWeighted(k))
    posterior = model.infer(tf.constant(binary))
    loc, scale = posterior.mean().numpy(), posterior.stddev().numpy()
    kl = 0.5 * (loc**2 + scale**2 - 1.0 - 2.0 * np.log(scale)).mean(0)
    floor = float(kl.mean())  # one of the two dimensions is above, one below
    low, high = int(np.argmin(kl)), int(np.argmax(kl))
    _, samples = log_weights_by_hand(model, tf.constant(binary), seeds, k)
    log_weights = []
    for z in samples:
        noise = (z.numpy()[:, high] - loc[:, high]) / scale[:, high]
        ratio = 0.5 * (z.numpy()[:, high] ** 2 - noise**2) - np.log(scale[:, high])
        score = model.generate(z).log_prob(binary)
        log_weights.append(score - ratio - floor)
    expected = np.logaddexp.reduce(log_weights, axis=0) - np.log(k)
    free = make_model(ImportanceWeighted(k, free_bits=floor))
    np.testing.assert_allclose(-free.terms(binary, seeds).loss, expected, rtol=1e-5)
    # The scale of the dimension below has a gradient by way of the decoder alone.
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(free.terms(binary, seeds, training=True).loss)
    layer = free.encoder.get_layer("posterior_params")
    gradient = tape.gradient(loss, layer.bias.value).numpy()
    assert np.isfinite(gradient).all()
    assert gradient[low] != 0.0
