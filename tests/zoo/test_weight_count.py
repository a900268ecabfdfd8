"""A configuration that asks for too much is refused before it gets it."""

import json

import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.zoo import ModelFileError, weight_count
from vaezoo.zoo.card import CARD_FILE, CONFIG_FILE
from vaezoo.zoo.files import sha256
from vaezoo.zoo.safe_config import registered_objects
from vaezoo.zoo.weight_count import count_weights

SMALL = {
    vaezoo.FullyConnectedVAE: {"hidden_units": (5,)},
    vaezoo.ConvolutionalVAE: {"filters": (3, 4), "dense_units": 6},
    vaezoo.Autoencoder: {"hidden_units": (5,)},
}


def form(model):
    return keras.saving.serialize_keras_object(model)


@pytest.mark.parametrize("family", SMALL)
def test_the_count_is_that_of_the_model(family):
    model = family((4, 4, 1), latent_dim=2, **SMALL[family])
    config = form(model)
    assert count_weights(config, registered_objects(config)) == model.count_params()


def test_counting_leaves_no_trace(tiny):
    """Neither in names nor in random numbers: initial weights are what they were."""
    config, weights, names = form(tiny), [], []
    keras.layers.Dense(3)  # The first has no number in its name.
    for count in (False, True):
        keras.utils.set_random_seed(4)
        names.append(int(keras.layers.Dense(3).name.rpartition("_")[2]))
        if count:
            count_weights(config, {})
        weights.append(keras.saving.deserialize_keras_object(config).get_weights())
        names.append(int(keras.layers.Dense(3).name.rpartition("_")[2]))
    assert names[1] - names[0] == names[3] - names[2] == 1
    for first, second in zip(*weights, strict=True):
        np.testing.assert_array_equal(first, second)


def test_more_weights_than_any_memory_has(tiny):
    config = form(tiny)
    config["config"]["hidden_units"] = [10**7, 10**7]
    assert count_weights(config, {}) > 2 * 10**14


def test_a_card_that_says_so_too_is_refused_for_its_small_file(folder):
    edit(folder, hidden_units=[10**7, 10**7])
    card = json.loads((folder / CARD_FILE).read_text())
    model = json.loads((folder / CONFIG_FILE).read_text())
    card["parameters"] = count_weights(model, {})
    (folder / CARD_FILE).write_text(json.dumps(card))
    with pytest.raises(ModelFileError, match=r"weights\.h5': it holds 220 numbers"):
        vaezoo.load(folder)


def edit(folder, **changes):
    config = json.loads((folder / CONFIG_FILE).read_text())
    config["config"].update(changes)
    (folder / CONFIG_FILE).write_text(json.dumps(config))
    card = json.loads((folder / CARD_FILE).read_text())
    card["files"][CONFIG_FILE] = sha256(folder / CONFIG_FILE)
    (folder / CARD_FILE).write_text(json.dumps(card))


@pytest.mark.parametrize("weights", ["pretrained", None])
def test_it_is_refused_by_load(folder, weights):
    edit(folder, hidden_units=[10**7, 10**7])
    reason = r"config\.json': expected 220 weights, .* the model has 200,000,4"
    with pytest.raises(ModelFileError, match=reason):
        vaezoo.load(folder, weights=weights)


def test_more_layers_than_there_is_time_for(publish, tmp_path, monkeypatch):
    model = vaezoo.ConvolutionalVAE((4, 4, 1), latent_dim=2, filters=(3,))
    folder = publish(model, tmp_path / "convolutional")
    edit(folder, residual_blocks=10**9)
    monkeypatch.setattr(weight_count, "_SECONDS", 0.5)
    reason = r"config\.json': .*more than 0\.5 seconds to build"
    with pytest.raises(ModelFileError, match=reason):
        vaezoo.load(folder)


@keras.saving.register_keras_serializable(package="tests_zoo")
class OwnConstant(keras.layers.Layer):
    """Cannot be built without weights: its own is made of an array."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.shift = keras.Variable(np.ones(3, "float32"), trainable=False)

    def call(self, x):
        return x + self.shift[0]


def test_classes_of_ones_own_that_cannot_be_counted_are_loaded(publish, tmp_path):
    layers = [keras.Input((4, 4, 1)), keras.layers.Flatten(), OwnConstant()]
    encoder = keras.Sequential([*layers, keras.layers.Dense(4)])
    decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(16)])
    model = vaezoo.VAE(encoder, decoder)
    with pytest.raises(TypeError, match="stateless scope"):
        count_weights(form(model), {"tests_zoo>OwnConstant": OwnConstant})
    loaded = vaezoo.load(publish(model, tmp_path / "own"))
    assert loaded.count_params() == model.count_params()
