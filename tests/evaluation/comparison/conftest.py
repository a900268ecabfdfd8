import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.data import ImageData

SHAPE = (8, 8, 1)
HOSTILE = "<script>alert('x')</script> & \"co\""


def make(name, cls=vaezoo.FullyConnectedVAE, shape=SHAPE, **kwargs):
    keras.utils.set_random_seed(len(name))
    return cls(shape, latent_dim=2, hidden_units=(6,), name="inner", **kwargs)


@pytest.fixture(scope="session")
def data():
    """Images with labels: bright on the left or on the right."""
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 40)
    images = generator.integers(0, 60, (40, *SHAPE))
    for image, label in zip(images, labels, strict=True):
        image[:, 4 * label : 4 * label + 4] += 190
    return ImageData(images.astype("uint8"), "sides", "test", labels=labels)


@pytest.fixture(scope="session")
def models():
    """One of each kind that differs in what can be compared."""
    found = {
        "first": make("first"),
        HOSTILE: make("second", likelihood="bernoulli"),
        "told": make("told", condition=vaezoo.Labels(2)),
        "codes": make("codes", vaezoo.Autoencoder),
        "levels": make("levels", likelihood="discretized_logistic"),
        "density": make("density", likelihood="normal"),
        "part": make("part", condition=vaezoo.PartialImage(SHAPE)),
        "large": make("large", shape=(9, 8, 1)),
    }
    found["first"].adapt(np.full((1, *SHAPE), 128, "uint8"))
    return found


@pytest.fixture(scope="session")
def comparison(models, data):
    return vaezoo.compare(models, data, num_samples=6, seed=3, rounds=2, limit=30)
