"""Every family learns: a short training on images that are as varied as real ones."""

import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.models import families

NETWORKS = {
    "fully_connected": {"hidden_units": (256, 256)},
    "convolutional": {"filters": (16, 32), "dense_units": 64},
}
# How to construct each family here; one that is registered needs an entry.
ARGUMENTS = {
    "BetaVAE": {
        "beta": 2.0,
        "network": "convolutional",
        **NETWORKS["convolutional"],
    },
    "ConditionalVAE": {
        "condition": vaezoo.Labels(3),
        **NETWORKS["fully_connected"],
    },
    "ConvolutionalVAE": NETWORKS["convolutional"],
    "FullyConnectedVAE": NETWORKS["fully_connected"],
}


@pytest.fixture(scope="module")
def sprites():
    """Images and shapes: 4,000 to train on, 500 to test on."""
    generator = vaezoo.data.Sprites(28)
    parts = [generator.sample(n, seed=seed) for seed, n in enumerate((4000, 500))]
    return [(images, factors[:, 0].astype("int64")) for images, factors in parts]


def nats_of_independent_pixels(train, test):
    """NLL of the best model without latents: each pixel on by its own frequency."""
    p = np.clip(train.mean(axis=0) / 255.0, 1e-3, 1.0 - 1e-3)
    x = test / 255.0
    return -(x * np.log(p) + (1.0 - x) * np.log1p(-p)).sum(axis=(1, 2, 3)).mean()


def train(model, images, y=None, epochs=4):
    model.compile(keras.optimizers.Adam(2e-3), jit_compile=False)
    model.fit(images, y, batch_size=50, epochs=epochs, verbose=0)


@pytest.mark.slow
@pytest.mark.parametrize("family", families())
def test_latents_are_worth_more_than_independent_pixels(family, sprites):
    (images, labels), (test_images, test_labels) = sprites
    keras.utils.set_random_seed(0)
    model = families()[family]((28, 28, 1), latent_dim=10, **ARGUMENTS[family])
    y, test_y = (labels, test_labels) if model.conditional else (None, None)
    train(model, images, y)
    terms = model.elbo_terms(test_images, seed=0, y=test_y)
    # Measured: 51 to 53 nats, against 159 of independent pixels.
    baseline = nats_of_independent_pixels(images, test_images)
    assert -terms.elbo.mean() < 0.5 * baseline
    assert terms.kl.mean() > 4.0


@pytest.mark.slow
@pytest.mark.parametrize("network", NETWORKS)
def test_an_autoencoder_reconstructs(network, sprites):
    (images, _), (test_images, _) = sprites
    keras.utils.set_random_seed(0)
    model = vaezoo.Autoencoder(
        (28, 28, 1), latent_dim=10, network=network, **NETWORKS[network]
    )
    train(model, images)
    loss = model.evaluate(test_images, verbose=0, return_dict=True)["loss"]
    # Measured: 36 and 27 nats; there is no KL divergence to pay.
    assert loss < 0.33 * nats_of_independent_pixels(images, test_images)


@pytest.mark.slow
def test_a_conditional_model_uses_the_labels_of_real_digits(needs_data_set):
    needs_data_set("mnist")
    data = vaezoo.data.load("mnist", "train", download=False).first(6000)
    test = vaezoo.data.load("mnist", "validation", download=False).first(500)
    keras.utils.set_random_seed(0)
    model = vaezoo.ConditionalVAE(
        latent_dim=10, condition=vaezoo.Labels(10), hidden_units=(256, 256)
    )
    train(model, data.images, data.labels, epochs=8)
    right = model.elbo(test.images, seed=0, y=test.labels)
    wrong = model.elbo(test.images, seed=0, y=(test.labels + 1) % 10)
    assert right.mean() > wrong.mean() + 5.0
    # Each digit of a class looks more like that class's mean image than any other's.
    means = np.stack([data.images[data.labels == c].mean(axis=0) for c in range(10)])
    labels = np.arange(200) % 10
    samples = model.sample(seed=range(200), y=labels) * 255.0
    distances = ((samples[:, None] - means) ** 2).sum(axis=(2, 3, 4))
    assert np.mean(distances.argmin(axis=1) == labels) > 0.6
