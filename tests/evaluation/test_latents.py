import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

import vaezoo
from vaezoo import random
from vaezoo.data import binarize_fixed
from vaezoo.evaluation import (
    aggregate_posterior,
    evaluate_likelihood,
    kl_decomposition,
    rate_distortion,
)
from vaezoo.layers import Prior
from vaezoo.objectives import BetaELBO, decompose_kl
from vaezoo.random import Stream

tfd = tfp.distributions
SHAPE, LATENT_DIM = (4, 3, 1), 3


class TwoHills(Prior):
    """A mixture of two Gaussians."""

    def distribution(self):
        return tfd.MixtureSameFamily(
            tfd.Categorical(probs=[0.3, 0.7]),
            tfd.MultivariateNormalDiag(
                tf.constant([[-1.0], [1.0]]) * tf.ones(self.event_size),
                tf.constant([[0.5], [0.5]]) * tf.ones(self.event_size),
            ),
        )

    def draw(self, seeds, stream):
        return random.normal(seeds, self.event_shape, stream)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (50, *SHAPE)).astype("uint8")


def make(**options):
    keras.utils.set_random_seed(1)
    model = vaezoo.FullyConnectedVAE(SHAPE, LATENT_DIM, hidden_units=(8,), **options)
    layer = model.encoder.get_layer("posterior_params")
    layer.kernel.assign(layer.kernel.numpy() * 4.0)
    return model


@pytest.fixture(scope="module")
def model():
    return make()


POSTERIORS = ["multivariate_normal_diag", "multivariate_normal_tril"]


@pytest.mark.parametrize("posterior", POSTERIORS)
def test_moments_are_those_of_samples(images, posterior):
    model = make(posterior=posterior)
    result = aggregate_posterior(model, images)
    q = model.encode(binarize_fixed(images))
    z = q.sample(4000, seed=1).numpy().reshape(-1, LATENT_DIM)
    np.testing.assert_allclose(result.mean, z.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(result.covariance, np.cov(z.T), atol=0.05)
    np.testing.assert_allclose(result.correlation, np.corrcoef(z.T), atol=0.03)
    assert result.n == 50


def test_divergence_of_the_fit_from_a_gaussian_prior(model, images):
    result = aggregate_posterior(model, images)
    fit = tfd.MultivariateNormalTriL(result.mean, np.linalg.cholesky(result.covariance))
    prior = tfd.MultivariateNormalDiag(np.zeros(LATENT_DIM), np.ones(LATENT_DIM))
    assert result.kl == pytest.approx(fit.kl_divergence(prior).numpy(), rel=1e-6)


def test_divergence_of_the_fit_from_another_prior(images):
    keras.utils.set_random_seed(1)
    plain = make()
    model = vaezoo.VAE(plain.encoder, plain.decoder, prior=TwoHills(LATENT_DIM))
    result = aggregate_posterior(model, images, seed=4)
    fit = tfd.MultivariateNormalTriL(
        np.float32(result.mean), np.float32(np.linalg.cholesky(result.covariance))
    )
    z = fit.sample(100_000, seed=3)
    ratios = (fit.log_prob(z) - model.prior.log_prob(z)).numpy()
    error = ratios.std() / np.sqrt(len(ratios))
    assert result.kl == pytest.approx(ratios.mean(), abs=5 * error)
    assert result.kl == aggregate_posterior(model, images, seed=4).kl


def test_a_posterior_that_is_the_prior_is_no_divergence(images):
    model = vaezoo.FullyConnectedVAE(SHAPE, LATENT_DIM, hidden_units=(8,))
    layer = model.encoder.get_layer("posterior_params")
    layer.kernel.assign(layer.kernel.numpy() * 0.0)
    scale = model.encode(images).stddev().numpy()[0]
    result = aggregate_posterior(model, images)
    np.testing.assert_allclose(result.covariance, np.diag(scale**2), atol=1e-6)
    parts = kl_decomposition(model, images)
    assert parts["mutual_information"].value == pytest.approx(0.0, abs=1e-5)
    assert parts["total_correlation"].value == pytest.approx(0.0, abs=1e-5)
    assert parts["kl"].value == pytest.approx(result.kl, abs=1e-5)


@pytest.mark.parametrize("posterior", POSTERIORS)
def test_the_parts_are_those_of_the_objective_on_one_batch(images, posterior):
    model = make(posterior=posterior)
    result = kl_decomposition(model, images, seed=5)
    q = model.encode(binarize_fixed(images))
    z = model.posterior.draw(q, random.row_seeds(5, len(images)), Stream.LATENT)
    parts = decompose_kl(q, model.prior, z, None, "minibatch_stratified")
    for name in ("mutual_information", "total_correlation"):
        expected = getattr(parts, name).numpy()
        assert result[name].value == pytest.approx(expected.mean(), abs=1e-4)
        error = expected.std(ddof=1) / np.sqrt(50)
        assert result[name].standard_error == pytest.approx(error, rel=1e-3)


def test_the_parts_sum_to_the_divergence(model, images):
    value = {m.name: m.value for m in kl_decomposition(model, images).measurements}
    assert value["kl"] == pytest.approx(
        value["mutual_information"] + value["marginal_kl"]
    )
    assert value["marginal_kl"] == pytest.approx(
        value["total_correlation"] + value["dimension_wise_kl"]
    )
    likelihood = evaluate_likelihood(model, images, 2)
    assert value["kl"] == pytest.approx(likelihood["kl"].value, rel=1e-5)


def test_images_that_are_told_apart_have_log_n(images):
    model = make()
    layer = model.encoder.get_layer("posterior_params")
    kernel, bias = layer.kernel.numpy(), layer.bias.numpy()
    kernel[:, :LATENT_DIM] *= 100.0
    bias[LATENT_DIM:] = -3.0
    layer.set_weights([kernel, bias])
    distinct = np.unique(images > 127, axis=0)
    result = kl_decomposition(model, distinct)["mutual_information"]
    assert result.value == pytest.approx(np.log(len(distinct)), abs=0.05)
    twice = kl_decomposition(model, np.concatenate([distinct, distinct]))
    assert twice["mutual_information"].value == pytest.approx(result.value, abs=0.05)


def test_pieces_give_what_the_whole_gives(images, monkeypatch):
    whole = kl_decomposition(make(), images)
    # Seven samples at a time against all images.
    module = sys.modules["vaezoo.evaluation.kl_decomposition"]
    monkeypatch.setattr(module, "_ELEMENTS", 7 * 50 * LATENT_DIM)
    pieces = kl_decomposition(make(), images)
    for one, other in zip(whole.measurements, pieces.measurements, strict=True):
        assert one.value == pytest.approx(other.value, rel=1e-5, abs=1e-6)


def test_conditions(images):
    y = np.arange(50) % 3
    model = vaezoo.ConditionalVAE(SHAPE, 2, vaezoo.Labels(3), hidden_units=(8,))
    first, other = (
        kl_decomposition(model, images, y),
        kl_decomposition(model, images, 2 - y),
    )
    assert first["kl"].value != other["kl"].value
    binary = binarize_fixed(images)
    means = model.encode(binary, y).mean().numpy()
    np.testing.assert_allclose(
        aggregate_posterior(model, images, y).mean, means.mean(axis=0), rtol=1e-4
    )
    (point,) = rate_distortion([model], images, y)
    terms = model.elbo_terms(binary, 0, y)
    assert point.rate == pytest.approx(terms.kl.mean(), rel=1e-5)


def test_rate_and_distortion(model, images):
    beta = make(objective=BetaELBO(beta=4.0))
    points = rate_distortion({"plain": model, "beta": beta}, images, seed=2)
    assert [(p.name, p.beta, p.n) for p in points] == [
        ("plain", None, 50),
        ("beta", 4.0, 50),
    ]
    terms = model.elbo_terms(binarize_fixed(images), seed=2)
    for point in points:  # equal weights
        assert point.rate == pytest.approx(terms.kl.mean(), rel=1e-5)
        assert point.distortion == pytest.approx(-terms.reconstruction.mean(), rel=1e-5)
        assert -(point.rate + point.distortion) == pytest.approx(terms.elbo.mean())
    error = np.float64(terms.kl).std(ddof=1) / np.sqrt(50)
    assert points[0].rate_error == pytest.approx(error, rel=1e-5)
    (alone,) = rate_distortion(model, images[:1])
    assert (alone.name, alone.rate_error, alone.distortion_error) == (
        model.name,
        None,
        None,
    )


def test_bad_arguments(model, images):
    with pytest.raises(ValueError, match="at least one model"):
        rate_distortion([], images)
    with pytest.raises(ValueError, match="different names"):
        rate_distortion([model, model], images)
    autoencoder = vaezoo.Autoencoder(SHAPE, 2, hidden_units=(4,))
    for function in (aggregate_posterior, kl_decomposition):
        with pytest.raises(NotImplementedError, match="no density"):
            function(autoencoder, images)
        with pytest.raises(ValueError, match=r"Expected a vaezoo\.VAE"):
            function("a model", images)
        with pytest.raises(ValueError, match="seed"):
            function(model, images, seed=0.5)
    with pytest.raises(NotImplementedError, match="no density"):
        rate_distortion({"a": autoencoder}, images)


def test_a_prior_for_each_condition_has_no_aggregate(images):
    model = vaezoo.ConditionalVAE(
        SHAPE, 2, vaezoo.Labels(3), hidden_units=(8,), prior="conditional_normal"
    )
    y = np.arange(50) % 3
    for function in (aggregate_posterior, kl_decomposition):
        with pytest.raises(ValueError, match="prior_for"):
            function(model, images, y)
