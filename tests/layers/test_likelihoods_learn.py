"""On real grey images, each likelihood beats the best model without latents."""

import keras
import numpy as np
import pytest

from vaezoo import data
from vaezoo.evaluation import evaluate_likelihood
from vaezoo.models import FullyConnectedVAE

pytestmark = pytest.mark.slow

SIZE = 14
DIMENSIONS = SIZE * SIZE


@pytest.fixture(scope="module")
def splits(needs_data_set):
    needs_data_set("fashion_mnist")
    return [
        data.load("fashion_mnist", split, image_size=SIZE).images[:count]
        for split, count in (("train", 6000), ("test", 1000))
    ]


def flat(images):
    return images.reshape(len(images), -1) / 255.0


def bits_of_histograms(train, test):
    """A histogram of the 256 levels for each pixel."""
    bits = 0.0
    for seen, asked in zip(
        train.reshape(len(train), -1).T, test.reshape(len(test), -1).T, strict=True
    ):
        counts = np.bincount(seen, minlength=256) + 1 / 256
        bits -= np.log2(counts / counts.sum())[asked].mean()
    return bits / DIMENSIONS


def bits_of_normals(train, test):
    """A Gaussian around the mean image, of one scale for all pixels."""
    mean = flat(train).mean(0)
    variance = np.mean((flat(train) - mean) ** 2)
    error = np.mean((flat(test) - mean) ** 2)
    nats = 0.5 * (np.log(2 * np.pi * variance) + error / variance)
    return nats / np.log(2) + 8


def bits_of_continuous_bernoullis(train, test):
    """For each pixel the logit of largest likelihood, which has the mean image."""
    mean = flat(train).mean(0)
    logits, step = np.zeros(DIMENSIONS), 2000.0
    while step > 1e-6:
        safe = np.where(np.abs(logits) < 1e-6, 1e-6, logits)
        above = mean + 1 / np.expm1(np.minimum(-safe, 700.0)) + 1 / safe
        logits = logits + step * np.sign(above)
        step /= 2
    shape = np.log(np.abs(logits) / -np.expm1(-np.abs(logits)))
    nats = np.maximum(logits, 0) - shape - logits * flat(test)
    return nats.mean() / np.log(2) + 8


# The best model without latents, and by how many bits/dim a VAE is better.
WITHOUT_LATENTS = {
    "categorical": (bits_of_histograms, 0.4),
    "continuous_bernoulli": (bits_of_continuous_bernoullis, 1.0),
    "discretized_logistic": (bits_of_histograms, 0.5),
    "discretized_logistic_mixture": (bits_of_histograms, 0.5),
    "normal": (bits_of_normals, 0.8),
}


@pytest.mark.parametrize("likelihood", WITHOUT_LATENTS)
def test_a_short_run_beats_the_best_model_without_latents(likelihood, splits):
    train, test = splits
    keras.utils.set_random_seed(1)
    model = FullyConnectedVAE(
        train.shape[1:], latent_dim=8, hidden_units=(128,), likelihood=likelihood
    )
    model.adapt(train)
    model.compile(keras.optimizers.Adam(2e-3), jit_compile=False)
    model.fit(train, batch_size=100, epochs=5, verbose=0)
    result = evaluate_likelihood(model, test, num_samples=20)
    baseline, margin = WITHOUT_LATENTS[likelihood]
    bits = result["bits_per_dim"]
    expected = baseline(train, test)
    print(f"{bits}; without latents {expected:.3f}")  # shown by `pytest -s`
    assert bits.value + 3 * bits.standard_error < expected - margin
    assert result["active_units"].value >= 4


def test_the_learned_scale_is_that_of_the_residuals(splits):
    train, test = splits
    keras.utils.set_random_seed(1)
    model = FullyConnectedVAE(
        train.shape[1:], latent_dim=8, hidden_units=(128,), likelihood="normal"
    )
    model.compile(keras.optimizers.Adam(2e-3), jit_compile=False)
    model.fit(train, batch_size=100, epochs=5, verbose=0)
    residuals = model.reconstruct(test) - test / 255.0
    assert float(model.likelihood.scale) == pytest.approx(residuals.std(), rel=0.5)
    assert float(model.likelihood.scale) < 0.2  # it began at 0.25
