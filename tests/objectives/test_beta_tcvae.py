import numpy as np
import pytest
import tensorflow as tf

from vaezoo.objectives import ELBO, BetaTCVAE, decompose_kl
from vaezoo.random import Stream

WEIGHTS = {"alpha": 0.5, "beta": 3.0, "gamma": 2.0}


def parts_of(model, images, seeds, *args):
    posterior = model.infer(tf.constant(images))
    z = model.posterior.draw(posterior, seeds, Stream.LATENT)
    return decompose_kl(posterior, model.prior, z, *args)


@pytest.mark.parametrize("estimator", ["minibatch_weighted", "minibatch_stratified"])
def test_each_part_has_its_weight(make_model, binary, seeds, estimator):
    model = make_model(BetaTCVAE(**WEIGHTS, dataset_size=50, estimator=estimator))
    terms = model.terms(binary, seeds)
    mi, tc, dimension_wise = parts_of(model, binary, seeds, 50, estimator)
    # In place of the Monte Carlo log-ratio, which the three sum to, its closed form.
    noise = terms.kl - (mi + tc + dimension_wise)
    expected = 0.5 * mi + 3.0 * tc + 2.0 * dimension_wise + noise
    np.testing.assert_allclose(
        terms.loss, expected - terms.reconstruction, rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(terms.elbo, terms.reconstruction - terms.kl, rtol=1e-6)


def test_with_all_weights_one_it_is_the_elbo(make_model, binary, seeds):
    terms = make_model(BetaTCVAE(1.0, 1.0, 1.0)).terms(binary, seeds)
    plain = make_model(ELBO()).terms(binary, seeds)
    for actual, expected in zip(terms, plain, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_the_warm_up_weighs_all_parts(make_model, binary, seeds):
    model = make_model(BetaTCVAE(**WEIGHTS, warm_up_steps=8))
    full = model.terms(binary, seeds)
    part = model.terms(binary, seeds, step=tf.constant(2, tf.int64))
    expected = 0.25 * (full.loss + full.reconstruction) - full.reconstruction
    np.testing.assert_allclose(part.loss, expected, rtol=1e-5)


def test_free_bits_hold_for_the_kl_divergence(make_model, binary, seeds):
    plain, free = (
        make_model(BetaTCVAE(**WEIGHTS)),
        make_model(BetaTCVAE(**WEIGHTS, free_bits=50.0)),
    )
    terms, lifted = plain.terms(binary, seeds), free.terms(binary, seeds)
    # Both dimensions are far below the floor.
    expected = terms.loss - terms.kl + 2 * 50.0
    np.testing.assert_allclose(lifted.loss, expected, rtol=1e-5)


@pytest.mark.slow
def test_more_beta_leaves_less_total_correlation(make_model):
    rng = np.random.default_rng(0)
    images = np.repeat(rng.integers(0, 2, (128, 2, 1, 1)), 3, 2).astype("float32")
    images[rng.random(images.shape) < 0.1] = 0.0
    correlations = []
    for beta in (1.0, 20.0):
        model = make_model(BetaTCVAE(beta=beta), (2, 3, 1), hidden_units=(16,))
        model.compile("adam", jit_compile=False)
        model.optimizer.learning_rate = 0.01
        model.fit(np.tile(images, (60, 1, 1, 1)), batch_size=64, verbose=0)
        many = np.repeat(np.arange(128), 4)
        seeds = tf.range(512, dtype=tf.int64)
        parts = parts_of(model, images[many], seeds, None, "minibatch_stratified")
        correlations.append(float(tf.reduce_mean(parts.total_correlation)))
    assert correlations[1] < 0.5 * correlations[0]
