import dataclasses
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.serving import ServingSession

SAMPLES = 6


@dataclasses.dataclass
class Exported:
    """A small model, where it was exported to, and data for it."""

    model: vaezoo.VAE
    folder: Path
    served: ServingSession
    images: np.ndarray
    seeds: np.ndarray
    log_prob_samples: int = SAMPLES

    def inputs(self, signature, rows=slice(None)):
        z = np.random.default_rng(3).normal(size=(len(self.seeds), self._latents))
        values = {"image": self.images, "seed": self.seeds, "z": z.astype("float32")}
        if self.model.image_shape[-1] != 2:
            values["image_bytes"] = png_files(self.images)
        names = [described.name for described in self.served.inputs(signature)]
        return {name: values[name][rows] for name in names}

    @property
    def _latents(self):
        return self.model.latent_dim


def png_files(images):
    """PNG files of images, floats in [0, 1]."""
    pixels = (np.asarray(images) * 255).round().astype("uint8")
    return np.array([tf.io.encode_png(image).numpy() for image in pixels], object)


def own_networks():
    """Two networks whose layers have the same names."""
    encoder = keras.Sequential(
        [
            keras.Input((5, 7, 2)),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(9, "tanh", name="dense"),
            keras.layers.Dense(8, name="params"),
        ],
        name="network",
    )
    decoder = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(9, "tanh", name="dense"),
            keras.layers.Dense(70, name="params"),
            keras.layers.Reshape((5, 7, 2), name="reshape"),
        ],
        name="network_of_the_same_layers",
    )
    return vaezoo.VAE(encoder, decoder)


FAMILIES = {
    "fully_connected": lambda: vaezoo.FullyConnectedVAE(
        (6, 5, 1), latent_dim=3, hidden_units=(8,)
    ),
    "convolutional": lambda: vaezoo.ConvolutionalVAE(
        (9, 10, 3), latent_dim=4, filters=(4,), dense_units=8
    ),
    "own_networks": own_networks,
}


def trained(make):
    keras.utils.set_random_seed(1)
    model = make()
    rng = np.random.default_rng(2)
    for weight in model.weights:  # also biases, which begin at zero
        value = np.asarray(weight)
        weight.assign(value + rng.normal(0.0, 0.2, value.shape))
    return model


@pytest.fixture(scope="session")
def exports(tmp_path_factory):
    """Exports each family once: `exports(family)`.

    pytest would make a fixture with parameters anew whenever the parameter changes.
    """
    made = {}

    def export(family):
        if family not in made:
            made[family] = _export(family, tmp_path_factory.mktemp("models"))
        return made[family]

    yield export
    for exported in made.values():
        exported.served.close()


@pytest.fixture(scope="session", params=sorted(FAMILIES))
def exported(request, exports):
    return exports(request.param)


def _export(family, root):
    model = trained(FAMILIES[family])
    model.compile(steps_per_execution=1)
    rng = np.random.default_rng(4)
    images = rng.random((24, *model.image_shape), dtype="float32")
    images[:8] = images[:8].round()  # binary ones pass unchanged
    model.fit(images, epochs=1, verbose=0)
    seeds = rng.integers(-(2**63), 2**63 - 1, len(images))
    seeds[:3] = [0, 1, -1]
    folder = vaezoo.export(
        model, root / family, log_prob_samples=SAMPLES, card={"licence": "CC0"}
    )
    return Exported(model, folder, ServingSession(folder), images, seeds)


@pytest.fixture
def model():
    """A small model with weights that are nobody's initial values."""
    return trained(FAMILIES["fully_connected"])


@pytest.fixture(scope="session")
def make_network_with():
    """From a layer to an encoder and decoder with that layer in the encoder."""

    def make(layer):
        encoder = keras.Sequential(
            [keras.Input((4, 4, 1)), keras.layers.Flatten(), layer]
        )
        encoder.add(keras.layers.Dense(4))
        decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(16)])
        return vaezoo.VAE(encoder, decoder)

    return make
