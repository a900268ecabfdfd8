"""Extreme images, sizes, rates and sums: finite, a clear stop, or a stated bound."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo import random
from vaezoo.models import FullyConnectedVAE, NonFiniteLossError
from vaezoo.models.non_finite import check_finite_weights
from vaezoo.models.parts import LIKELIHOODS
from vaezoo.random import Stream

SHAPE = (4, 3, 1)
COUNT = 20
CONSTANT = {
    "black": np.zeros((COUNT, *SHAPE), "uint8"),
    "white": np.full((COUNT, *SHAPE), 255, "uint8"),
    "grey": np.full((COUNT, *SHAPE), 77, "uint8"),
    "the same picture": np.tile(np.arange(12, dtype="uint8"), COUNT).reshape(
        -1, *SHAPE
    ),
    "black floats": np.zeros((COUNT, *SHAPE), "float32"),
    "white floats": np.ones((COUNT, *SHAPE), "float32"),
}


def small(likelihood="bernoulli", latent_dim=2, **kwargs):
    keras.utils.set_random_seed(2)
    return FullyConnectedVAE(
        SHAPE, latent_dim, hidden_units=(5,), likelihood=likelihood, **kwargs
    )


def check_finite(model, x, k=3):
    """Every verb gives finite numbers, and images in [0, 1]."""
    terms = model.elbo_terms(x, seed=0)
    numbers = [*terms, model.log_prob(x, k, seed=0), model.encode(x).mean()]
    assert all(np.isfinite(values).all() for values in numbers)
    for images in (model.reconstruct(x), model.sample(len(x), seed=0)):
        assert images.min() >= 0.0
        assert images.max() <= 1.0


def check_constant_images(name, kind):
    model, x = small(name), CONSTANT[kind]
    model.adapt(x)
    check_finite_weights_of(model)
    model.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    history = model.fit(x, batch_size=4, epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    check_finite(model, x[:4])


def check_finite_weights_of(model):
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


@pytest.mark.parametrize("kind", CONSTANT)
@pytest.mark.parametrize("name", sorted(LIKELIHOODS))
def test_the_starting_bias_of_constant_images(name, kind):
    model = small(name)
    before = model.get_weights()
    model.adapt(CONSTANT[kind])
    check_finite_weights_of(model)
    pairs = zip(before, model.get_weights(), strict=True)
    assert any((old != new).any() for old, new in pairs)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["black", "white", "the same picture"])
@pytest.mark.parametrize("name", sorted(LIKELIHOODS))
def test_training_on_constant_images(name, kind):
    check_constant_images(name, kind)


@pytest.mark.parametrize("latent_dim", [pytest.param(1, marks=pytest.mark.slow), 1024])
def test_few_and_many_latent_dimensions(latent_dim):
    model = small(latent_dim=latent_dim)
    model.compile(jit_compile=False)
    x = (np.arange(COUNT * 12).reshape(-1, *SHAPE) % 256).astype("uint8")
    history = model.fit(x, batch_size=4, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    check_finite(model, x[:4], k=50)


# --- rates that are too high ----------------------------------------------------------


def test_weights_that_are_not_finite_stop_training_before_they_are_saved(tmp_path):
    """The loss of a step is finite, what it makes of the weights is not."""
    model = small()
    x = CONSTANT["the same picture"]
    model.compile(keras.optimizers.SGD(0.0), jit_compile=False)
    path = tmp_path / "last.weights.h5"
    saved = keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
    model.fit(x, batch_size=COUNT, verbose=0, callbacks=[saved])
    good = model.get_weights()
    model.optimizer.learning_rate.assign(np.float32(np.inf))
    with pytest.raises(NonFiniteLossError, match="`weights` NaN or inf") as caught:
        model.fit(x, batch_size=COUNT, verbose=0, callbacks=[saved])
    assert (caught.value.step, caught.value.term) == (2, "weights")
    model.load_weights(path)
    for weight, expected in zip(model.get_weights(), good, strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_finite_weights_pass():
    model = small()
    model.compile()
    check_finite_weights(model)
    model.weights[0].assign(np.full(model.weights[0].shape, np.nan))
    with pytest.raises(NonFiniteLossError, match="`weights`"):
        check_finite_weights(model)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize(
    ("optimizer", "rate"), [("Adam", 0.1), ("Adam", 10.0), ("SGD", 10.0)]
)
def test_ten_thousand_steps_at_high_rates(dtype, optimizer, rate):
    model = small(dtype=dtype)
    model.compile(getattr(keras.optimizers, optimizer)(rate))
    rng = np.random.default_rng(0)
    x = (rng.random((4000, *SHAPE)) < 0.3).astype("uint8") * np.uint8(255)
    try:
        history = model.fit(x, batch_size=8, epochs=20, verbose=0).history
    except NonFiniteLossError:
        return  # a clear stop
    assert all(np.isfinite(values).all() for values in history.values())
    check_finite_weights_of(model)
    check_finite(model, x[:4])


# --- long sums ------------------------------------------------------------------------
# What is stated: log p(x), ELBO and KL are within 1e-4 nats + 1e-6 of their value of a
# computation in float64, for k = 5000 samples and 784 pixels.
ABSOLUTE, RELATIVE = 1e-4, 1e-6


class Double:
    """A model's densities in NumPy, its networks in float64."""

    def __init__(self, model):
        config = {**model.get_config(), "dtype": "float64"}
        self.model = type(model).from_config(config)
        self.model.set_weights(model.get_weights())

    def network(self, network, x):
        return np.reshape(network(tf.constant(x, tf.float64)), [len(x), -1])

    def posterior(self, x):
        loc, raw = np.split(self.network(self.model.encoder, x), 2, axis=1)
        return loc, 1e-4 + np.logaddexp(0.0, raw + np.log(np.e - 1.0))

    def log_likelihood(self, x, z):
        logits = self.network(self.model.decoder, z)
        pixels = x.reshape(-1).astype("float64") * logits - np.logaddexp(0.0, logits)
        return pixels.sum(axis=1)

    def kl(self, x):
        loc, scale = self.posterior(x)
        return 0.5 * (scale**2 + loc**2 - 1.0 - 2.0 * np.log(scale)).sum(axis=1)

    def elbo(self, x, seeds):
        loc, scale = self.posterior(x)
        noise = random.normal(seeds, loc.shape[1:], Stream.LATENT).numpy()
        z = loc + scale * noise.astype("float64")
        pairs = zip(x, z, strict=True)
        fit = [self.log_likelihood(image, row[None])[0] for image, row in pairs]
        return np.array(fit) - self.kl(x)

    def log_prob(self, x, k, seeds):
        loc, scale = self.posterior(x)
        noise = random.normal(seeds, (k, loc.shape[1]), Stream.IMPORTANCE).numpy()
        noise = noise.astype("float64")
        results = []
        for row, image in enumerate(x):
            z = loc[row] + scale[row] * noise[row]
            log_weights = self.log_likelihood(image, z) + np.log(scale[row]).sum()
            log_weights += 0.5 * (noise[row] ** 2 - z**2).sum(axis=1)
            results.append(np.logaddexp.reduce(log_weights) - np.log(k))
        return np.array(results)


def wide(latent_dim=20):
    """784 pixels and weights that are no longer small."""
    keras.utils.set_random_seed(1)
    model = FullyConnectedVAE((28, 28, 1), latent_dim, hidden_units=(64,))
    rng = np.random.default_rng(1)
    for weight in model.trainable_weights:
        noise = rng.normal(0.0, 0.1, tuple(weight.shape))
        weight.assign(np.asarray(weight) + noise)
    return model


def check_long_sums(model, k):
    x = (model.sample(4, seed=3) > 0.5).astype("float32")
    x[2], x[3] = 0.0, 1.0  # as improbable as images get
    double, seeds = Double(model), random.row_seeds(5, len(x))
    terms = model.elbo_terms(x, seed=5)
    pairs = {
        "KL": (terms.kl, double.kl(x)),
        "ELBO": (terms.elbo, double.elbo(x, seeds)),
        "log p": (model.log_prob(x, k, seed=5), double.log_prob(x, k, seeds)),
    }
    for name, (received, expected) in pairs.items():
        np.testing.assert_allclose(
            received, expected, rtol=RELATIVE, atol=ABSOLUTE, err_msg=name
        )


def test_sums_over_5000_samples_and_784_pixels():
    check_long_sums(wide(), 5000)


@pytest.mark.slow
@pytest.mark.parametrize("name", vaezoo.list_models())
def test_long_sums_of_the_models_of_the_zoo(name):
    model = vaezoo.load(name)
    if isinstance(model, vaezoo.Autoencoder):
        pytest.skip("an autoencoder has no density")
    if type(model.likelihood).__name__ != "IndependentBernoulli":
        pytest.skip("the reference computes Bernoulli pixels")
    if not isinstance(model.objective, vaezoo.objectives.ELBO):
        pytest.skip("the reference's bound has one posterior sample")
    if type(model.prior_layer).__name__ != "StandardNormal":
        pytest.skip("the reference has a standard normal prior")
    if model.conditional or type(model.posterior).__name__ != "MultivariateNormalDiag":
        pytest.skip("the reference has a diagonal Gaussian posterior of images alone")
    check_long_sums(model, 5000)


@pytest.mark.parametrize("latent_dim", [1, 1024])
def test_the_kl_divergence_of_extreme_scales(latent_dim):
    """From e**-9 to e**9, the bounds of the scale: 18 powers of e."""
    model = small(latent_dim=latent_dim)
    rng = np.random.default_rng(0)
    params = rng.uniform(-9.0, 9.0, (50, 2 * latent_dim)).astype("float32")
    loc, raw = np.split(params.astype("float64"), 2, axis=1)
    scale = 1e-4 + np.logaddexp(0.0, raw + np.log(np.e - 1.0))
    expected = 0.5 * (scale**2 + loc**2 - 1.0 - 2.0 * np.log(scale)).sum(axis=1)
    received = model.posterior(params).kl_divergence(model.prior)
    np.testing.assert_allclose(received, expected, rtol=2e-6, atol=1e-5)


def test_means_over_many_images():
    """`evaluate` adds up batches in float32."""
    model = small()
    model.compile(jit_compile=False)
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (20_000, *SHAPE)).astype("uint8")
    mean = model.evaluate(x, batch_size=32, verbose=0, return_dict=True)
    seeds = random.row_seeds(random.fold_in(model.seed, 0, Stream.TEST), len(x))
    terms = model.terms(tf.constant(x), seeds)
    for name, values in terms._asdict().items():
        expected = np.mean(np.asarray(values, "float64"))
        np.testing.assert_allclose(mean[name], expected, rtol=1e-5)
