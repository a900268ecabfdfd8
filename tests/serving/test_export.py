import importlib
import math
import os
import pickle
import shutil
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.serving import ServingSession, check_export
from vaezoo.serving.golden import GOLDEN_FILE, read_golden
from vaezoo.zoo import ModelFileError, UnknownModelError, file_digests

EXPORT = importlib.import_module("vaezoo.serving.export")


def everything_in(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def test_the_folder_holds_what_server_and_zoo_read(exported):
    folder = exported.folder
    assert folder.name == "1"
    assert {p for p in everything_in(folder) if (folder / p).is_file()} == {
        "saved_model.pb",
        "fingerprint.pb",
        "variables/variables.index",
        "variables/variables.data-00000-of-00001",
        "assets.extra/config.json",
        "assets.extra/model.weights.h5",
        "assets.extra/card.json",
        "assets.extra/golden.npz",
        "assets.extra/tf_serving_warmup_requests",
    }
    assert [p.name for p in folder.parent.iterdir()] == ["1"]


def test_weights_are_stored_once_in_each_form_and_the_rest_is_small(exported):
    variables = tf.train.list_variables(str(exported.folder / "variables/variables"))
    assert sum(math.prod(shape) for _, shape in variables if shape) == (
        exported.model.count_params()
    )
    assert (exported.folder / "saved_model.pb").stat().st_size < 1_000_000
    assert (exported.folder / "assets.extra/golden.npz").stat().st_size < 50_000
    with h5py.File(exported.folder / "assets.extra/model.weights.h5") as file:
        sizes = []
        file.visititems(lambda _, item: sizes.append(getattr(item, "size", 0)))
        assert sum(sizes) == exported.model.count_params()
        assert "optimizer" not in file


def test_the_card_describes_the_folder(exported):
    card = vaezoo.info(exported.folder)
    assert card.name == exported.folder.parent.name
    assert card.version == 1
    assert card.family == type(exported.model).__name__
    assert card.parameters == exported.model.count_params()
    assert card.files == file_digests(exported.folder)
    assert card.size_bytes == sum(
        (exported.folder / path).stat().st_size for path in card.files
    )
    assert card.versions.keras == keras.__version__
    assert card.log_prob_samples == exported.log_prob_samples
    assert card.licence == "CC0"
    assert card.metrics == ()


def test_the_loaded_model_is_the_exported_one_and_trains_on(exported):
    loaded = vaezoo.load(exported.folder)
    assert type(loaded) is type(exported.model)
    for mine, theirs in zip(loaded.weights, exported.model.weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(
        loaded.sample(seed=exported.seeds), exported.model.sample(seed=exported.seeds)
    )
    # In `evaluate` the noise is the same each time.
    before = loaded.evaluate(exported.images, verbose=0)[0]
    loaded.fit(exported.images, epochs=20, verbose=0)
    assert loaded.evaluate(exported.images, verbose=0)[0] < before


@pytest.fixture
def without_graphs(monkeypatch):
    """Exports that take a moment: all but the SavedModel and its proof."""

    def write(_, folder):
        Path(folder, "assets.extra").mkdir()
        Path(folder, "saved_model.pb").write_text("graphs")

    monkeypatch.setattr(EXPORT, "_write_saved_model", write)
    monkeypatch.setattr(EXPORT, "check_export", lambda _: None)


@pytest.mark.usefixtures("without_graphs")
def test_the_loaded_model_learns_as_the_original_does(model, tmp_path):
    images = np.random.default_rng(0).random((32, 6, 5, 1), dtype="float32")
    plain = {"jit_compile": False, "steps_per_execution": 1}  # soon compiled
    model.compile(**plain)
    model.fit(images, epochs=2, verbose=0)
    loaded = vaezoo.load(vaezoo.export(model, tmp_path / "mine"))
    started = model.get_weights()
    for other in (model, loaded):
        other.compile(**plain)  # with an optimizer that begins anew
        keras.utils.set_random_seed(3)  # which shuffles the images
        other.fit(images, epochs=3, verbose=0)
    for mine, theirs, before in zip(
        loaded.get_weights(), model.get_weights(), started, strict=True
    ):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)
        assert np.abs(mine - before).max() > 1e-4


@pytest.mark.usefixtures("without_graphs")
def test_versions_count_up_and_are_never_overwritten(model, tmp_path):
    folder = tmp_path / "mine"
    (folder / "7").mkdir(parents=True)
    (folder / "9.old").mkdir()
    assert vaezoo.export(model, folder) == folder / "8"
    assert vaezoo.export(model, str(folder), version=3) == folder / "3"
    before = file_digests(folder / "8")
    with pytest.raises(FileExistsError, match="never overwritten"):
        vaezoo.export(model, folder, version=8)
    assert file_digests(folder / "8") == before
    assert vaezoo.info(folder).version == 8


@pytest.mark.usefixtures("without_graphs")
def test_a_model_by_its_folder_keeps_its_card(model, tmp_path):
    metric = {
        "name": "nll",
        "value": 1.5,
        "standard_error": 0.1,
        "unit": "nats",
        "protocol": "importance sampling",
        "n": 10,
    }
    first = vaezoo.export(
        model,
        tmp_path / "first",
        card={"description": "Mine.", "licence": "CC0", "metrics": [metric]},
    )
    for number, named in enumerate((str(first), first, first.parent)):
        second = vaezoo.export(
            named, tmp_path / f"second_{number}", 5, 7, card={"licence": "MIT"}
        )
        card = vaezoo.info(second)
        assert (card.name, card.version) == (f"second_{number}", 5)
        assert (card.description, card.licence) == ("Mine.", "MIT")
        assert (card.metrics[0].value, card.log_prob_samples) == (1.5, 7)
        assert card.files == file_digests(second)
        loaded = vaezoo.load(second)
        for mine, theirs in zip(loaded.weights, model.weights, strict=True):
            np.testing.assert_array_equal(mine, theirs)
    with pytest.raises(UnknownModelError):
        vaezoo.export("no_such_model", tmp_path / "third")
    (first / "assets.extra/model.weights.h5").write_bytes(b"damaged")
    with pytest.raises(ModelFileError, match=r"model\.weights\.h5': it is damaged"):
        vaezoo.export(first, tmp_path / "third")
    assert not (tmp_path / "third").exists()


def test_the_model_is_left_as_it_was(model, tmp_path):
    images = np.random.default_rng(0).random((8, 6, 5, 1), dtype="float32")
    model.compile(keras.optimizers.Adam(1e-3))
    model.fit(images, verbose=0)
    optimizer, weights = model.optimizer, model.get_weights()
    vaezoo.export(model, tmp_path / "mine")
    assert model.optimizer is optimizer
    assert int(optimizer.iterations) == 1
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    model.fit(images, verbose=0)
    assert int(optimizer.iterations) == 2


@pytest.mark.parametrize(
    "step",
    [
        "_write_saved_model",
        "save_model_files",
        "write_warmup_requests",
        "write_golden",
        "check_export",
        "write_card",
    ],
)
@pytest.mark.usefixtures("without_graphs")
def test_a_step_that_fails_leaves_nothing(model, tmp_path, monkeypatch, step):
    def fail(*_, **__):
        raise OSError("No space left on device")

    monkeypatch.setattr(EXPORT, step, fail)
    with pytest.raises(OSError, match="No space left"):
        vaezoo.export(model, tmp_path / "zoo" / "mine")
    assert everything_in(tmp_path) == []


def test_an_export_that_answers_wrongly_never_appears(model, tmp_path, monkeypatch):
    write = EXPORT._write_saved_model

    def write_other_weights(endpoints, folder):
        for weight in endpoints.model.weights:
            weight.assign(weight + 0.1)
        write(endpoints, folder)

    monkeypatch.setattr(EXPORT, "_write_saved_model", write_other_weights)
    with pytest.raises(RuntimeError, match=r"golden outputs.*`image` differs by"):
        vaezoo.export(model, tmp_path / "mine")
    assert everything_in(tmp_path) == []


def test_other_outputs_than_the_golden_ones_are_noticed(exported, tmp_path):
    folder = shutil.copytree(exported.folder, tmp_path / "1")
    golden = read_golden(folder)
    changed = {**golden, "reconstruction": golden["reconstruction"] + 0.01}
    np.savez_compressed(folder / GOLDEN_FILE, **changed)
    with pytest.raises(RuntimeError, match=r"`reconstruction` differs by 0\.01"):
        check_export(folder)


def test_damaged_golden_files_are_named(tmp_path):
    path = tmp_path / GOLDEN_FILE
    with pytest.raises(ModelFileError, match=r"golden\.npz': there is no such file"):
        read_golden(tmp_path)
    path.parent.mkdir()
    np.savez_compressed(path, seed=[1])
    with pytest.raises(ModelFileError, match=r"golden\.npz.*received \['seed'\]"):
        read_golden(tmp_path)
    for content in (b"", b"PK\x03\x04", pickle.dumps({"seed": 1})):
        path.write_bytes(content)
        with pytest.raises(ModelFileError, match=r"golden\.npz': it is damaged"):
            read_golden(tmp_path)


def refuses(model, folder, error, match, **kwargs):
    before = everything_in(folder.parent)
    with pytest.raises(error, match=match):
        vaezoo.export(model, folder, **kwargs)
    assert everything_in(folder.parent) == before


@pytest.fixture
def no_work(monkeypatch):
    for step in ("model_and_card", "rebuilt"):
        monkeypatch.setattr(EXPORT, step, lambda _: pytest.fail("work was done"))


def test_other_models_are_refused(tmp_path):
    other = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    refuses(other, tmp_path / "mine", TypeError, r"vaezoo.VAE.*Received: Sequential")


def test_weights_that_are_not_finite_are_refused(model, tmp_path):
    model.decoder.layers[-1].bias.assign(model.decoder.layers[-1].bias * np.nan)
    refuses(model, tmp_path / "mine", ValueError, "finite weights.*NaN.*bias")


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
def test_networks_that_cannot_be_loaded_again_are_refused(make_network_with, tmp_path):
    class Mine(keras.layers.Layer):
        def call(self, x):
            return x

    refuses(
        make_network_with(keras.layers.Lambda(lambda x: x)),
        tmp_path / "mine",
        ValueError,
        "rebuilt from its configuration",
    )
    refuses(
        make_network_with(Mine()),
        tmp_path / "mine",
        ValueError,
        "rebuilt from its configuration.*Mine",
    )


@pytest.mark.parametrize("samples", [0, -1, 1001, 2.0, True, "5"])
def test_bad_sample_counts_are_refused(model, tmp_path, samples):
    refuses(
        model,
        tmp_path / "mine",
        ValueError,
        "from 1 to 1000. Received: log_prob_samples=",
        log_prob_samples=samples,
    )


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize("version", [0, -1, 1.0, "2", True])
def test_bad_versions_are_refused(model, tmp_path, version):
    refuses(model, tmp_path / "mine", ValueError, "positive integer", version=version)


@pytest.mark.parametrize(
    ("card", "match"),
    [
        ({"sise": 1}, "Received: .*sise"),
        ({"parameters": 1}, "Received: .*parameters"),
        ({"licence": 3}, "licence"),
        ({"metrics": [{"name": "nll"}]}, "metrics"),
        ({"data": {"name": "mnist"}}, "data"),
    ],
)
def test_bad_cards_are_refused(model, tmp_path, card, match):
    refuses(model, tmp_path / "mine", ValueError, match, card=card)


def test_names_that_no_server_takes_are_refused(model, tmp_path):
    refuses(model, tmp_path / "my model", ValueError, "name")


@pytest.mark.usefixtures("no_work")
def test_a_file_in_the_folders_place(model, tmp_path):
    (tmp_path / "file").write_text("mine")
    refuses(model, tmp_path / "file", NotADirectoryError, "file")
    refuses(model, tmp_path / "file" / "mine", NotADirectoryError, "file")


@pytest.mark.usefixtures("no_work")
def test_a_folder_that_cannot_be_written(model, tmp_path, monkeypatch):
    # Permissions do not stop the superuser, as whom tests may run.
    monkeypatch.setattr(os, "access", lambda *_: False)
    refuses(model, tmp_path / "mine", PermissionError, "can be written")


@pytest.mark.usefixtures("without_graphs")
def test_relative_paths_and_the_current_folder(model, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    folder = vaezoo.export(model, ".")
    assert folder.resolve() == tmp_path / "here" / "1"
    assert vaezoo.info(folder).name == "here"


def test_mixed_precision_is_served_in_float32(tmp_path):
    keras.utils.set_random_seed(0)
    model = vaezoo.FullyConnectedVAE(
        (4, 4, 1), latent_dim=2, hidden_units=(8,), dtype="mixed_float16"
    )
    folder = vaezoo.export(model, tmp_path / "half", log_prob_samples=2)
    image = np.random.default_rng(0).random((3, 4, 4, 1), dtype="float32")
    with ServingSession(folder) as served:
        for signature in served.signatures:
            dtypes = {d.dtype for d in served.outputs(signature)}
            assert dtypes <= {"float32", "string"}
        received = served.run("serving_default", {"image": image})["reconstruction"]
    np.testing.assert_allclose(received, model.reconstruct(image), atol=1e-3)
