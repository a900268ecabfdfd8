"""Every likelihood with every posterior, in a dense and in a convolutional model."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo import random
from vaezoo.layers import PixelKind
from vaezoo.models import ConvolutionalVAE, FullyConnectedVAE
from vaezoo.models.network_size import bytes_a_row
from vaezoo.models.parts import LIKELIHOODS, POSTERIORS
from vaezoo.serving import ServingSession, check_export

SHAPE, LATENT_DIM, ROWS = (5, 4, 2), 3, 6
FAMILIES = {
    "dense": lambda **parts: FullyConnectedVAE(
        SHAPE, LATENT_DIM, hidden_units=(6,), **parts
    ),
    "convolutional": lambda **parts: ConvolutionalVAE(
        SHAPE, LATENT_DIM, filters=(4,), dense_units=5, **parts
    ),
}
DEFAULTS = ("bernoulli", "multivariate_normal_diag")
CLOSE = {"rtol": 1e-5, "atol": 1e-4}


@pytest.fixture(scope="module")
def images():
    pixels = np.random.default_rng(0).integers(0, 256, (ROWS, *SHAPE))
    pixels[:, 0, 0], pixels[:, -1, -1] = 0, 255
    return pixels.astype("uint8")


def combinations():
    """All of them; those that change two parts of a dense model at once are slow."""
    for names in itertools.product(LIKELIHOODS, POSTERIORS, FAMILIES):
        changed = sum(map(str.__ne__, names, (*DEFAULTS, "dense")))
        marks = [pytest.mark.slow] if changed > 1 else []
        yield pytest.param(names, marks=marks, id="-".join(names))


@pytest.fixture(scope="module", params=combinations())
def model(request, images):
    """After a step of training from the mean image."""
    likelihood, posterior, family = request.param
    keras.utils.set_random_seed(1)
    model = FAMILIES[family](likelihood=likelihood, posterior=posterior)
    model.adapt(images)
    model.compile("adam", run_eagerly=True)  # quicker than to trace a single step
    logs = model.fit(images, batch_size=ROWS, verbose=0).history
    assert np.isfinite(list(logs.values())).all(), logs
    return model


@pytest.fixture(scope="module", params=LIKELIHOODS)
def of_likelihood(request, images):
    """A dense model of each likelihood, with weights that are nobody's initial ones."""
    model = FAMILIES["dense"](likelihood=request.param)
    rng = np.random.default_rng(2)
    for weight in model.weights:
        value = np.asarray(weight)
        weight.assign(value + rng.normal(0.0, 0.2, value.shape))
    return model


def test_the_loss_depends_on_every_weight(model, images):
    with tf.GradientTape() as tape:
        loss = model.terms(images, random.row_seeds(1, ROWS), training=True).loss
    weights = model.trainable_weights
    assert {id(w) for w in model.likelihood.weights} <= {id(w) for w in weights}
    for weight, gradient in zip(
        weights, tape.gradient(loss, [w.value for w in weights]), strict=True
    ):
        assert gradient is not None, weight.path
        assert np.isfinite(gradient).all(), weight.path
        assert np.any(gradient), weight.path


def test_the_bound_is_below_the_estimate_of_log_prob(model, images):
    many = np.tile(images, (20, 1, 1, 1))
    bounds = model.terms(many, random.row_seeds(3, len(many))).elbo
    log_prob = model.log_prob(images, 30, seed=3)
    assert np.isfinite(log_prob).all()
    error = np.std(bounds) / np.sqrt(len(many))
    assert np.mean(bounds) <= log_prob.mean() + 4.0 * error


def test_reconstructions_lie_between_0_and_1(model, images):
    values = model(images).numpy()
    assert values.shape == images.shape
    assert 0.0 <= values.min() <= values.max() <= 1.0


def test_a_keras_file_keeps_every_bit(model, images, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert loaded.get_config() == model.get_config()
    for weight, copy in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(weight, copy)
    seeds = random.row_seeds(1, ROWS)
    terms = model.terms(images, seeds), loaded.terms(images, seeds)
    np.testing.assert_allclose(*terms, **CLOSE)


def test_an_untrained_model_starts_from_the_mean_image(of_likelihood, images):
    model = type(of_likelihood).from_config(of_likelihood.get_config())
    for weight in model.decoder.trainable_weights:
        weight.assign(tf.zeros_like(weight))
    model.adapt(images)
    mean = images.mean(0) / 255.0
    start = model.sample(1, seed=0)[0]
    assert np.abs(start - mean).max() < 0.03


def test_a_convolutional_model_starts_from_the_mean_pixel(of_likelihood, images):
    name = of_likelihood.get_config()["likelihood"]
    model = FAMILIES["convolutional"](likelihood=name)
    for weight in model.decoder.trainable_weights:
        weight.assign(tf.zeros_like(weight))
    model.adapt(images)
    start, mean = model.sample(1, seed=0)[0], images.mean((0, 1, 2)) / 255.0
    np.testing.assert_allclose(start, np.broadcast_to(mean, SHAPE), atol=1e-3)


def test_pieces_of_any_size_give_the_same_log_prob(of_likelihood, images):
    whole, pieces = (
        of_likelihood.log_prob(images, 30, seed=1, memory_limit=n)
        for n in (None, 14 * bytes_a_row(of_likelihood))
    )
    np.testing.assert_allclose(pieces, whole, **CLOSE)


def test_graph_and_xla_agree(of_likelihood, images):
    inputs = tf.constant(images), random.row_seeds(2, ROWS)

    def terms(images, seeds):
        return of_likelihood.terms(images, seeds)

    graph = tf.function(terms, autograph=False)(*inputs)
    xla = tf.function(terms, autograph=False, jit_compile=True)(*inputs)
    for expected, actual in zip(graph, xla, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-4)


def test_the_likelihood_scores_what_its_kind_says(of_likelihood, images):
    target = of_likelihood.prepare_target(images, random.row_seeds(2, ROWS)).numpy()
    if of_likelihood.likelihood.pixel_kind is PixelKind.BINARY:
        assert set(np.unique(target)) == {0.0, 1.0}
    else:
        np.testing.assert_array_equal(np.rint(target * 255), images)
        np.testing.assert_allclose(target, images / 255.0, rtol=1e-6)


@pytest.mark.slow
def test_an_export_serves_it(of_likelihood, images, tmp_path):
    folder = vaezoo.export(of_likelihood, tmp_path / "model", log_prob_samples=5)
    check_export(folder)
    floats, seeds = np.float32(images / 255.0), np.arange(ROWS)
    z = np.float32(np.random.default_rng(3).normal(size=(ROWS, LATENT_DIM)))
    with ServingSession(folder) as served:
        decoded = served.run("decode", {"z": z})
        densities = served.run("log_prob", {"image": floats, "seed": seeds})
    expected = of_likelihood.decode(z)
    np.testing.assert_allclose(decoded.pop("mean"), expected.mean(), **CLOSE)
    assert decoded  # the parameters, by name
    for name, values in decoded.items():
        assert len(values) == ROWS
        assert np.isfinite(values).all(), name
    estimate = of_likelihood.log_prob(floats, 5, seed=seeds)
    np.testing.assert_allclose(densities["log_prob"], estimate, rtol=1e-4)
    bound = of_likelihood.elbo(floats, seed=seeds)
    np.testing.assert_allclose(densities["elbo"], bound, rtol=1e-4)
    loaded = vaezoo.load(folder)
    np.testing.assert_allclose(loaded.elbo(floats, seed=seeds), bound, rtol=1e-5)
