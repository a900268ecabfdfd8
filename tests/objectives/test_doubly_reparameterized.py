import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.objectives import DoublyReparameterized, ImportanceWeighted
from vaezoo.random import Stream

tfd = tfp.distributions
K = 6


def gradients_of_rows(model, images, seeds, step=None):
    """The gradient of each row's loss, `(rows, encoder weights)`."""
    outputs = model.encoder(images)
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        model.infer = lambda *args, **kwargs: model.posterior(outputs)
        loss = model.terms(images, seeds, training=True, step=step).loss
    bias = tape.gradient(loss, outputs).numpy().astype("float64")
    # The encoder is a single dense layer.
    kernel = images.reshape(len(images), -1, 1) * bias[:, None]
    return np.concatenate([kernel.reshape(len(images), -1), bias], axis=1)


def gradients(model, images, seeds, **kwargs):
    with tf.GradientTape() as tape:
        loss = model.terms(images, seeds, training=True, **kwargs).loss
        total = tf.reduce_sum(loss)
    networks = (model.encoder, model.decoder)
    weights = [[w.value for w in n.trainable_weights] for n in networks]
    return loss, *tape.gradient(total, weights)


def test_the_value_is_that_of_the_bound(make_model, binary, seeds):
    doubly = make_model(DoublyReparameterized(K)).terms(binary, seeds)
    plain = make_model(ImportanceWeighted(K)).terms(binary, seeds)
    for actual, expected in zip(doubly, plain, strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_the_decoder_gets_the_gradient_of_the_bound(make_model, binary, seeds):
    _, encoder, decoder = gradients(make_model(DoublyReparameterized(K)), binary, seeds)
    _, plain_encoder, plain_decoder = gradients(
        make_model(ImportanceWeighted(K)), binary, seeds
    )
    for actual, expected in zip(decoder, plain_decoder, strict=True):
        assert np.abs(expected).max() > 0.0
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)
    assert np.abs(encoder[0] - plain_encoder[0]).max() > 1e-3


def test_the_encoder_gets_squared_shares_by_way_of_the_samples(
    make_model, binary, seeds
):
    # Tucker et al. 2019, eq. 8, sample by sample.
    model = make_model(DoublyReparameterized(K))
    images = tf.constant(binary)
    noise = random.normal(seeds, (K, model.latent_dim), Stream.LATENT)
    weights = [weight.value for weight in model.encoder.trainable_weights]
    with tf.GradientTape(persistent=True) as tape:
        posterior = model.infer(images)
        fixed = tfd.MultivariateNormalDiag(
            tf.constant(posterior.mean().numpy()),
            tf.constant(posterior.stddev().numpy()),
        )
        samples, log_weights = [], []
        for i in range(K):
            z = posterior.mean() + posterior.stddev() * noise[:, i]
            samples.append(z)
            log_weights.append(
                model.generate(z).log_prob(images)
                + model.prior.log_prob(z)
                - fixed.log_prob(z)
            )
        values = np.array(log_weights)
        shares = np.exp(values - np.logaddexp.reduce(values, axis=0))
        total = tf.zeros(())
        for share, z, log_weight in zip(shares, samples, log_weights, strict=True):
            with tape.stop_recording():
                slope = tape.gradient(log_weight, z)
            total += tf.reduce_sum(share[:, None] ** 2 * slope.numpy() * z)
    expected = tape.gradient(total, weights)
    _, actual, _ = gradients(model, binary, seeds)
    for gradient, reference in zip(actual, expected, strict=True):
        assert np.abs(reference).max() > 0.0
        np.testing.assert_allclose(gradient, -reference, rtol=1e-3, atol=1e-5)


def sampled_gradients(linear_gaussian, k, rounds=4, step=None, **kwargs):
    """Of both estimators: encoder gradients of one image, under many seeds."""
    images = linear_gaussian.images(1, 1000)
    results = []
    for cls in (ImportanceWeighted, DoublyReparameterized):
        model = linear_gaussian.model(cls(k, **kwargs), shift=0.2, stretch=1.3)
        rows = [
            gradients_of_rows(model, images, random.row_seeds(seed, 1000), step)
            for seed in range(rounds)
        ]
        results.append(np.concatenate(rows))
    return results


def assert_same_mean(first, second):
    error = np.sqrt((first.var(0) + second.var(0)) / len(first))
    assert (np.abs(first.mean(0) - second.mean(0)) < 4.5 * error + 1e-6).all()
    # The comparison can fail: the mean is far from zero, in standard errors.
    assert (np.abs(second.mean(0)) > 5 * np.sqrt(second.var(0) / len(second))).any()


@pytest.mark.parametrize(("k", "at_least"), [(1, 3.0), (8, 50.0)])
def test_it_is_unbiased_with_less_variance(linear_gaussian, k, at_least):
    plain, doubly = sampled_gradients(linear_gaussian, k)
    assert_same_mean(plain, doubly)
    assert plain.var(0).sum() > at_least * doubly.var(0).sum()
    assert (plain.var(0) > doubly.var(0)).all()


def test_the_gradients_of_rows_sum_to_that_of_a_batch(linear_gaussian):
    images, seeds = linear_gaussian.images(4, 3), random.row_seeds(0, 12)
    for cls in (ImportanceWeighted, DoublyReparameterized):
        model = linear_gaussian.model(cls(3), 0.2, 1.3)
        _, expected, _ = gradients(model, images, seeds)
        expected = np.concatenate([np.ravel(part) for part in expected])
        rows = gradients_of_rows(model, images, seeds)
        np.testing.assert_allclose(rows.sum(0), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("step", [0, 4])
def test_it_is_unbiased_during_the_warm_up(linear_gaussian, step):
    step = tf.constant(step, tf.int64)
    assert_same_mean(*sampled_gradients(linear_gaussian, 4, step=step, warm_up_steps=8))


def test_it_is_unbiased_with_free_bits(linear_gaussian):
    model = linear_gaussian.model(ImportanceWeighted(2), 0.2, 1.3)
    posterior = model.encode(linear_gaussian.images(1, 1))
    loc, scale = posterior.mean()[0].numpy(), posterior.stddev()[0].numpy()
    kl = 0.5 * (loc**2 + scale**2 - 1.0) - np.log(scale)
    floor = float(kl.mean())  # one dimension above, one below
    assert_same_mean(*sampled_gradients(linear_gaussian, 4, free_bits=floor))


def test_the_gradient_vanishes_at_the_true_posterior(linear_gaussian):
    images = linear_gaussian.images(5, 20)
    seeds = random.row_seeds(0, len(images))
    size = {}
    for cls in (ImportanceWeighted, DoublyReparameterized):
        rows = gradients_of_rows(linear_gaussian.model(cls(3)), images, seeds)
        size[cls] = np.abs(rows).max()
    assert size[ImportanceWeighted] > 0.1
    assert size[DoublyReparameterized] < 1e-2 * size[ImportanceWeighted]


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_graph_and_xla_have_the_same_gradient(make_model, binary, seeds, jit_compile):
    model = make_model(DoublyReparameterized(K))

    @tf.function(jit_compile=jit_compile)
    def compiled():
        return gradients(model, binary, seeds)

    actual, expected = compiled(), gradients(model, binary, seeds)
    for a, b in zip(tf.nest.flatten(actual), tf.nest.flatten(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_the_gradient_scales_with_the_loss(make_model, binary, seeds):
    # As under mixed precision, with sample weights, or with a weight of zero.
    model = make_model(DoublyReparameterized(K))
    weights = [weight.value for weight in model.encoder.trainable_weights]
    results = []
    for scale in (1.0, 1024.0):
        row_weights = scale * np.r_[0.0, np.ones(len(binary) - 1)].astype("float32")
        with tf.GradientTape() as tape:
            loss = model.terms(binary, seeds, training=True).loss
            total = tf.reduce_mean(row_weights * loss)
        results.append(tape.gradient(total, weights))
    _, rest, _ = gradients(model, binary[1:], seeds[1:])
    for one, many, expected in zip(*results, rest, strict=True):
        np.testing.assert_allclose(one * len(binary), expected, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(many, 1024.0 * one, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("cls", [ImportanceWeighted, DoublyReparameterized])
def test_training_finds_the_true_posterior(linear_gaussian, cls):
    model = linear_gaussian.model(cls(5), shift=0.2, stretch=1.3)
    model.decoder.trainable = False
    rng = np.random.default_rng(8)
    noise = 0.15 * rng.normal(size=(256, 6))
    images = rng.normal(size=(256, 2)) @ linear_gaussian.w.T + linear_gaussian.b + noise
    images = np.clip(images, 0.0, 1.0).reshape(-1, 2, 3, 1).astype("float32")
    model.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    before = model.elbo(images, seed=0).mean()
    model.fit(np.tile(images, (20, 1, 1, 1)), batch_size=16, verbose=0)
    gap = linear_gaussian.log_prob(images).mean() - model.elbo(images, seed=0).mean()
    assert gap < 0.25 * (linear_gaussian.log_prob(images).mean() - before)
