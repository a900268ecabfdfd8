"""Folders whose digests are right and whose content is hostile."""

import copy
import json
import os
import pickle

import h5py
import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.zoo import ModelFileError
from vaezoo.zoo.card import CARD_FILE, CONFIG_FILE, WEIGHTS_FILE
from vaezoo.zoo.files import sha256


@pytest.fixture
def marker(tmp_path):
    path = tmp_path / "executed"
    yield path
    assert not path.exists(), "something of the file was executed"


def reseal(folder):
    """Makes the card's digests, and the size, those of the hostile files."""
    card = json.loads((folder / CARD_FILE).read_text())
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        card["files"][name] = sha256(folder / name)
    card["size_bytes"] = sum((folder / path).stat().st_size for path in card["files"])
    (folder / CARD_FILE).write_text(json.dumps(card))


def put_config(folder, edit):
    path = folder / CONFIG_FILE
    config = json.loads(path.read_text())
    edit(config)
    path.write_text(json.dumps(config))
    reseal(folder)


def node(module, class_name, config=None, registered_name=None, **more):
    return {
        "module": module,
        "class_name": class_name,
        "config": {} if config is None else config,
        "registered_name": registered_name,
        **more,
    }


def lambda_layer(command):
    function = eval(f"lambda x: __import__('os').system({command!r})")
    return keras.saving.serialize_keras_object(keras.layers.Lambda(function))


def hostile_nodes(command):
    """Objects, each of which runs or reads something if it is built carelessly."""
    layer = lambda_layer(command)
    function = copy.deepcopy(layer["config"]["function"])
    return {
        "lambda layer": layer,
        "lambda layer, old form": {"class_name": "Lambda", "config": layer["config"]},
        "lambda layer, private module": {
            **layer,
            "module": "keras.src.layers.core.lambda_layer",
        },
        "lambda": function,
        "os.system": node("os", "system", {"command": command}),
        "os.system, function": node("os", "function", "system", "system"),
        "os.system, builtins": node("builtins", "function", "os.system"),
        "eval": node("builtins", "function", "eval", "eval"),
        "under a vaezoo name": node("os", "system", {}, "vaezoo>VAE"),
        "unknown vaezoo class": node("vaezoo.models.x", "X", {}, "vaezoo>X"),
        "subprocess.Popen": node("subprocess", "Popen", {"args": command}),
        "get_file": node("keras.utils", "function", "get_file", "get_file"),
        "enable_unsafe_deserialization": node(
            "keras.config", "function", "enable_unsafe_deserialization"
        ),
        "load_model": node("keras.models", "function", "load_model"),
        "class in place of a function": node("keras.layers", "function", "Dense"),
        "TFSMLayer": node("keras.layers", "TFSMLayer", {"filepath": "/tmp/model"}),
        "StringLookup": node(
            "keras.layers", "StringLookup", {"vocabulary": "/etc/passwd"}
        ),
        "TextVectorization": node(
            "keras.layers", "TextVectorization", {"vocabulary": "/etc/passwd"}
        ),
        "TorchModuleWrapper": node("keras.layers", "TorchModuleWrapper"),
        "callback": node("keras.callbacks", "CSVLogger", {"filename": command}),
        "not keras": node("keras_evil.layers", "Dense"),
        "unregistered package": node("keras.layers", "Dense", {}, "evil>Dense"),
        "typespec": node("tensorflow", "__typespec__", [], spec_name="TensorSpec"),
        "no config": {"class_name": "Lambda"},
        "no name": {"class_name": ["Lambda"], "config": {}},
        "no module": {"class_name": "Dense", "config": {"units": 3}},
    }


@pytest.mark.parametrize("key", sorted(hostile_nodes("true")))
def test_configs_that_refer_to_other_code(folder, marker, monkeypatch, key):
    hostile = hostile_nodes(f"touch {marker}")[key]
    built = []
    deserialize = keras.saving.deserialize_keras_object
    monkeypatch.setattr(
        keras.saving,
        "deserialize_keras_object",
        lambda *args, **kwargs: built.append(args) or deserialize(*args, **kwargs),
    )
    places = (
        lambda config: config["config"].update(objective=hostile),
        lambda config: config["config"].update(extra=[{"deep": [hostile]}]),
        lambda config: config.update(build_config={"x": hostile}),
    )
    for place in places:
        put_config(folder, place)
        with pytest.raises(ModelFileError, match=r"config\.json'"):
            vaezoo.load(folder)
        with pytest.raises(ModelFileError, match=r"config\.json'"):
            vaezoo.load(folder, weights=None)
    assert not built


def test_a_foreign_root(folder, marker):
    hostile = lambda_layer(f"touch {marker}")
    (folder / CONFIG_FILE).write_text(json.dumps(hostile))
    reseal(folder)
    with pytest.raises(ModelFileError, match="configuration of a FullyConnectedVAE"):
        vaezoo.load(folder)
    card = json.loads((folder / CARD_FILE).read_text())
    (folder / CARD_FILE).write_text(json.dumps({**card, "family": "Lambda"}))
    with pytest.raises(ModelFileError, match=r"keras\.layers\.Lambda"):
        vaezoo.load(folder)


def test_a_root_that_is_no_model(folder):
    dense = node("keras.layers", "Dense", {"units": 3})
    (folder / CONFIG_FILE).write_text(json.dumps(dense))
    reseal(folder)
    card = json.loads((folder / CARD_FILE).read_text())
    (folder / CARD_FILE).write_text(json.dumps({**card, "family": "Dense"}))
    with pytest.raises(ModelFileError, match=r"expected a keras\.Model, received a D"):
        vaezoo.load(folder)


@pytest.mark.parametrize(
    "edit",
    [
        lambda c: c["config"].update(latent_dim=0),
        lambda c: c["config"].update(latent_dim="many"),
        lambda c: c["config"].update(surprise=1),
        lambda c: c["config"].update(likelihood="os.system"),
        lambda c: c["config"].pop("image_shape") and c["config"].update(seed=[]),
        lambda c: c.update(config=[]),
        lambda c: c.update(config=None, module=None, registered_name=None),
    ],
)
def test_configs_that_make_no_model(folder, edit):
    put_config(folder, edit)
    with pytest.raises(ModelFileError, match=r"config\.json'"):
        vaezoo.load(folder)


def test_nesting_is_bounded(folder):
    deep = "[" * 900 + "]" * 900
    text = (folder / CONFIG_FILE).read_text().replace('"elbo"', deep)
    (folder / CONFIG_FILE).write_text(text)
    reseal(folder)
    with pytest.raises(ModelFileError, match="levels deep"):
        vaezoo.load(folder)


def test_size_is_bounded(folder):
    with open(folder / CONFIG_FILE, "a") as file:
        file.write(" " * (8 * 2**20))
    reseal(folder)
    with pytest.raises(ModelFileError, match="larger than"):
        vaezoo.load(folder)


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def test_pickle_in_the_place_of_weights(folder, marker):
    for content in (pickle.dumps(Bomb(marker)), b"\x93NUMPY\x01\x00", b"PK\x03\x04"):
        (folder / WEIGHTS_FILE).write_bytes(content)
        reseal(folder)
        with pytest.raises(ModelFileError, match=r"weights\.h5': it is not an HDF5"):
            vaezoo.load(folder)


def test_nothing_is_opened_before_its_digest_is_right(folder, monkeypatch):
    (folder / WEIGHTS_FILE).write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 100)
    monkeypatch.setattr(h5py, "File", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(ModelFileError, match="damaged, or of another model"):
        vaezoo.load(folder)


def first_array(file):
    found = []
    file.visititems(lambda name, x: found.append(name) if hasattr(x, "shape") else None)
    return found[0]


def external_link(file, name, tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as secret:
        secret["secret"] = np.zeros(file[name].shape)
    del file[name]
    file[name] = h5py.ExternalLink(tmp_path / "secret.h5", "secret")


def soft_link(file, name, tmp_path):
    file["vars/more"] = h5py.SoftLink(name)


def cycle(file, name, tmp_path):
    file["vars/more"] = file["vars"]


def external_data(file, name, tmp_path):
    shape = file[name].shape
    (tmp_path / "secret").write_bytes(b"\0" * 10_000)
    del file[name]
    file.create_dataset(
        name, shape, "f4", external=[(str(tmp_path / "secret"), 0, 10_000)]
    )


def virtual_data(file, name, tmp_path):
    shape = file[name].shape
    layout = h5py.VirtualLayout(shape, "f4")
    with h5py.File(tmp_path / "secret.h5", "w") as secret:
        secret["secret"] = np.zeros(shape)
        layout[...] = h5py.VirtualSource(secret["secret"])
    del file[name]
    file.create_virtual_dataset(name, layout)


def compression_bomb(file, name, tmp_path):
    del file[name]
    file.create_dataset(name, (10**9, 10**3), "f4", chunks=True, compression="gzip")


def pickled_bytes(file, name, tmp_path):
    del file[name]
    file[name] = np.void(pickle.dumps(Bomb(tmp_path / "executed")))


def text(file, name, tmp_path):
    del file[name]
    file[name] = "weights"


def references(file, name, tmp_path):
    reference = file["vars"].ref
    del file[name]
    file.create_dataset(name, data=[reference], dtype=h5py.ref_dtype)


def named_type(file, name, tmp_path):
    file["vars/type"] = np.dtype("f4")


def wrong_shape(file, name, tmp_path):
    shape = file[name].shape
    del file[name]
    file[name] = np.zeros((*shape, 2), "f4")


def missing_array(file, name, tmp_path):
    del file[name]


def missing_group(file, name, tmp_path):
    del file["encoder"]


def renamed_group(file, name, tmp_path):
    file.move("encoder", "codec")


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (external_link, "links to something else"),
        (soft_link, "links to something else"),
        (cycle, "two names"),
        (external_data, "reads another file"),
        (virtual_data, "reads another file"),
        (compression_bomb, "more than the file has"),
        (pickled_bytes, "expected numbers"),
        (text, "expected numbers"),
        (references, "expected numbers"),
        (named_type, "other than an array"),
        (wrong_shape, "not those of the model"),
        (missing_array, "numbers; expected"),
        (missing_group, "numbers; expected"),
        (renamed_group, "not those of the model"),
    ],
)
def test_weights_that_are_more_or_less_than_arrays(
    folder, marker, tmp_path, edit, reason
):
    with h5py.File(folder / WEIGHTS_FILE, "r+") as file:
        edit(file, first_array(file), tmp_path)
    reseal(folder)
    with pytest.raises(ModelFileError, match=rf"weights\.h5': (?s:.*){reason}"):
        vaezoo.load(folder)


def test_truncated_weights_with_the_right_digest(folder):
    content = (folder / WEIGHTS_FILE).read_bytes()
    for length in (20, len(content) // 2, len(content) - 1):
        (folder / WEIGHTS_FILE).write_bytes(content[:length])
        reseal(folder)
        with pytest.raises(ModelFileError, match=r"weights\.h5'"):
            vaezoo.load(folder)


@pytest.mark.parametrize("path", ["../outside", "a/../../outside", "/etc/passwd"])
def test_paths_out_of_the_folder(folder, path):
    card = json.loads((folder / CARD_FILE).read_text())
    card["files"][path] = "0" * 64
    (folder / CARD_FILE).write_text(json.dumps(card))
    with pytest.raises(ModelFileError, match=r"card\.json'.*inside the model's folder"):
        vaezoo.load(folder)
