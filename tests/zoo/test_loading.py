import json
import os
import shutil

import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.zoo import ModelFileError
from vaezoo.zoo.card import CARD_FILE, CONFIG_FILE, WEIGHTS_FILE

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 4, 4, 1), "uint8")


def same_weights(a, b):
    pairs = zip(a.get_weights(), b.get_weights(), strict=True)
    return all(np.array_equal(x, y) for x, y in pairs)


def test_a_loaded_model_is_the_saved_one(folder, tiny):
    for path in (folder, folder.parent, str(folder.parent)):
        model = vaezoo.load(path)
        assert type(model) is vaezoo.FullyConnectedVAE
        assert same_weights(model, tiny)
    np.testing.assert_array_equal(model.sample(3, seed=1), tiny.sample(3, seed=1))
    np.testing.assert_array_equal(model.elbo(IMAGES, seed=2), tiny.elbo(IMAGES, seed=2))


def test_it_is_compiled_with_the_default_optimizer(folder):
    model = vaezoo.load(folder)
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    before = model.get_weights()
    history = model.fit(IMAGES, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
    assert not vaezoo.load(folder, compile=False).compiled


def test_fresh_weights(folder, tiny):
    keras.utils.set_random_seed(5)
    model = vaezoo.load(folder, weights=None)
    assert model.get_config() == tiny.get_config()
    assert not same_weights(model, tiny)
    (folder / WEIGHTS_FILE).unlink()
    assert vaezoo.load(folder, weights=None).latent_dim == tiny.latent_dim
    with pytest.raises(ModelFileError, match=r"model\.weights\.h5': there is no such"):
        vaezoo.load(folder)
    with pytest.raises(ValueError, match=r"'pretrained' or None\. Received: 'im"):
        vaezoo.load(folder, weights="imagenet")


def test_names_and_versions(publish, tiny, root):
    other = vaezoo.FullyConnectedVAE((4, 4, 1), latent_dim=3, hidden_units=(5,))
    for version, model in ((2, tiny), (10, other)):
        publish(model, root / "noise_vae", version)
    assert vaezoo.load("noise_vae").latent_dim == 3
    assert vaezoo.load("noise_vae", version=2).latent_dim == 2
    assert vaezoo.info("noise_vae").version == 10
    assert vaezoo.info("noise_vae", version=2).version == 2


def test_the_optimizer_is_not_shipped(publish, tmp_path):
    model = vaezoo.FullyConnectedVAE((4, 4, 1), latent_dim=2, hidden_units=(5,))
    before = publish(model, tmp_path / "a")
    model.compile(keras.optimizers.SGD(momentum=0.9))
    model.fit(IMAGES, verbose=0)
    after = publish(model, tmp_path / "b")
    sizes = [(f / WEIGHTS_FILE).stat().st_size for f in (before, after)]
    assert sizes[0] == sizes[1]
    loaded = vaezoo.load(after)
    assert same_weights(loaded, model)
    assert isinstance(loaded.optimizer, keras.optimizers.Adam)


def test_networks_of_ones_own(publish, tmp_path):
    encoder = keras.Sequential(
        [keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(4, "relu")]
    )
    decoder = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(16, kernel_regularizer=keras.regularizers.L2(1e-3)),
        ]
    )
    model = vaezoo.VAE(encoder, decoder)
    loaded = vaezoo.load(publish(model, tmp_path / "own"))
    assert same_weights(loaded, model)
    np.testing.assert_array_equal(loaded.reconstruct(IMAGES), model.reconstruct(IMAGES))


def test_classes_of_ones_own_need_registration(publish, tmp_path):
    @keras.saving.register_keras_serializable(package="tests_zoo")
    class Doubled(keras.layers.Layer):
        def call(self, x):
            return 2 * x

    encoder = keras.Sequential(
        [keras.Input((4, 4, 1)), keras.layers.Flatten(), Doubled()]
    )
    encoder.add(keras.layers.Dense(4))
    model = vaezoo.VAE(
        encoder, keras.Sequential([keras.Input((2,)), keras.layers.Dense(16)])
    )
    folder = publish(model, tmp_path / "own")
    assert same_weights(vaezoo.load(folder), model)
    registered = keras.saving.get_custom_objects()
    del registered["tests_zoo>Doubled"]
    with pytest.raises(ModelFileError, match=r"tests_zoo>Doubled.*import it before"):
        vaezoo.load(folder)
    registered["tests_zoo>Doubled"] = Doubled
    assert same_weights(vaezoo.load(folder), model)


def test_a_lambda_is_refused_when_saved(publish, tmp_path):
    encoder = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            keras.layers.Flatten(),
            keras.layers.Lambda(keras.ops.abs),
        ]
    )
    encoder.add(keras.layers.Dense(4))
    model = vaezoo.VAE(
        encoder, keras.Sequential([keras.Input((2,)), keras.layers.Dense(16)])
    )
    with pytest.raises(ValueError, match=r"rebuilt from.*keras\.layers\.Lambda"):
        publish(model, tmp_path / "own")
    assert not (tmp_path / "own").exists()


@pytest.mark.parametrize("name", [CONFIG_FILE, WEIGHTS_FILE, CARD_FILE])
@pytest.mark.parametrize("damage", ["missing", "empty", "truncated", "flipped"])
def test_damaged_files_are_named(folder, name, damage):
    path = folder / name
    content = path.read_bytes()
    middle = len(content) // 2
    path.unlink()
    if damage == "empty":
        path.touch()
    elif damage == "truncated":
        path.write_bytes(content[:middle])
    elif damage == "flipped":
        flipped = bytes([content[middle] ^ 128])
        path.write_bytes(content[:middle] + flipped + content[middle + 1 :])
    with pytest.raises(ModelFileError) as error:
        vaezoo.load(folder)
    assert str(path) in str(error.value)


def test_a_card_of_another_model(publish, tiny, folder, tmp_path):
    other = vaezoo.FullyConnectedVAE((4, 4, 1), latent_dim=3, hidden_units=(5,))
    shutil.copy(publish(other, tmp_path / "other") / CARD_FILE, folder / CARD_FILE)
    with pytest.raises(ModelFileError, match=r"config\.json': it is damaged, or of"):
        vaezoo.load(folder)
    twin = vaezoo.FullyConnectedVAE((4, 4, 1), latent_dim=2, hidden_units=(5,))
    twin.set_weights([w + 1 for w in tiny.get_weights()])
    twin_folder = publish(twin, tmp_path / "twin")
    shutil.copy(twin_folder / WEIGHTS_FILE, folder / WEIGHTS_FILE)
    shutil.copy(publish(tiny, tmp_path / "again") / CARD_FILE, folder / CARD_FILE)
    with pytest.raises(ModelFileError, match=r"weights\.h5': it is damaged, or of ano"):
        vaezoo.load(folder)


def test_the_card_counts_the_weights(folder):
    path = folder / CARD_FILE
    card = json.loads(path.read_text())
    path.write_text(json.dumps({**card, "parameters": card["parameters"] + 1}))
    with pytest.raises(ModelFileError, match="as the card says"):
        vaezoo.load(folder)
    path.write_text(json.dumps({**card, "family": "ConvolutionalVAE"}))
    with pytest.raises(ModelFileError, match="configuration of a ConvolutionalVAE"):
        vaezoo.load(folder)


@pytest.mark.parametrize("name", [CONFIG_FILE, WEIGHTS_FILE, CARD_FILE, "assets.extra"])
def test_symbolic_links_are_refused(folder, tmp_path, name):
    outside = tmp_path / "outside"
    shutil.move(folder / name, outside)
    (folder / name).symlink_to(outside)
    with pytest.raises(ModelFileError, match="symbolic link"):
        vaezoo.load(folder)


def test_a_link_among_the_other_files_is_refused(folder, tmp_path):
    (folder / "saved_model.pb").unlink()
    (folder / "saved_model.pb").symlink_to("/etc/hostname")
    with pytest.raises(ModelFileError, match=r"saved_model\.pb': it is a symbolic"):
        vaezoo.load(folder)


def test_links_that_an_installer_made_are_fine(publish, tiny, root, tmp_path):
    folder = publish(tiny, root / "noise_vae")
    outside = tmp_path / "cache"
    shutil.move(folder / WEIGHTS_FILE, outside)
    (folder / WEIGHTS_FILE).symlink_to(outside)
    assert same_weights(vaezoo.load("noise_vae"), tiny)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("name", [CONFIG_FILE, WEIGHTS_FILE, CARD_FILE])
def test_a_pipe_in_a_files_place_does_not_hang(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(ModelFileError, match="not a regular file"):
        vaezoo.load(folder)


def test_a_model_folder_that_is_itself_a_link_is_fine(folder, tiny, tmp_path):
    (tmp_path / "current").symlink_to(folder.parent)
    assert same_weights(vaezoo.load(tmp_path / "current"), tiny)
