import csv

import keras
import numpy as np
import pytest

from vaezoo.data import batches
from vaezoo.models import FullyConnectedVAE
from vaezoo.training import TrainingRun, recipe_parser
from vaezoo.training.machine import machine_class


def make_model():
    keras.utils.set_random_seed(0)
    model = FullyConnectedVAE((6, 5, 1), latent_dim=2, hidden_units=(8,))
    model.compile(keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.5))
    return model


@pytest.fixture
def data():
    images = np.random.default_rng(0).integers(0, 256, (40, 6, 5, 1)).astype("uint8")
    return batches(images, 10, shuffle=False)


def test_resumed_run_ends_as_the_uninterrupted_one(tmp_path, data):
    whole = make_model()
    TrainingRun(tmp_path / "whole").fit(whole, data, epochs=4, verbose=0)

    TrainingRun(tmp_path / "parts").fit(make_model(), data, epochs=2, verbose=0)
    resumed = make_model()
    run = TrainingRun(tmp_path / "parts", resume=True)
    history = run.fit(resumed, data, epochs=4, verbose=0)

    assert history.epoch == [2, 3]
    assert int(resumed.optimizer.iterations.numpy()) == 16
    for expected, weight in zip(
        whole.get_weights(), resumed.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(weight, expected)
    with run.log.open() as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["0", "1", "2", "3"]


def test_clock_adds_up_over_sessions(tmp_path, data):
    first = TrainingRun(tmp_path)
    first.fit(make_model(), data, epochs=1, verbose=0)
    seconds = first.seconds
    second = TrainingRun(tmp_path, resume=True)
    second.fit(make_model(), data, epochs=2, verbose=0)
    assert second.seconds > seconds > 0


def test_a_run_is_neither_overwritten_nor_invented(tmp_path, data):
    with pytest.raises(ValueError, match="holds a run to resume"):
        TrainingRun(tmp_path / "none", resume=True)
    assert not (tmp_path / "none").exists()
    TrainingRun(tmp_path / "new")  # makes no folder: the data may yet be missing
    assert not (tmp_path / "new").exists()
    TrainingRun(tmp_path).fit(make_model(), data, epochs=1, verbose=0)
    with pytest.raises(ValueError, match="--resume"):
        TrainingRun(tmp_path)


def test_parser_has_what_every_recipe_takes(capsys):
    parser = recipe_parser("fc_vae_mnist", "A model.", epochs=7)
    args = parser.parse_args([])
    assert (args.epochs, args.seed, args.resume, args.limit) == (7, 0, False, None)
    with pytest.raises(SystemExit):
        parser.parse_args(["--epochs", "0"])
    assert "positive integer" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--out", "--runs"])
def test_folders_are_checked_before_the_training(tmp_path, capsys, option):
    (tmp_path / "file").touch()
    parser = recipe_parser("fc_vae_mnist", "A model.", epochs=7)
    with pytest.raises(SystemExit):
        parser.parse_args([option, str(tmp_path / "file" / "models")])
    assert "Expected a folder. Received: the file" in capsys.readouterr().err


def test_machine_class_names_the_cores():
    assert "CPU cores" in machine_class()
