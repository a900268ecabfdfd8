import csv
import io
import itertools

import keras
import numpy as np
import pytest

from vaezoo.callbacks.folder_lock import FolderLock
from vaezoo.callbacks.training_state import assign, training_variables, values_of
from vaezoo.data import batches
from vaezoo.models import FullyConnectedVAE
from vaezoo.training import TrainingRun, recipe_parser
from vaezoo.training.machine import machine_class


class Kill(Exception):
    pass


class Killer(keras.callbacks.Callback):
    acts_between_executions = True

    def __init__(self, after):
        super().__init__()
        self._count = itertools.count(1 - after)

    def on_train_batch_end(self, batch, logs=None):
        if next(self._count) == 0:
            raise Kill


@pytest.fixture(scope="module")
def compiled():
    keras.utils.set_random_seed(0)
    model = FullyConnectedVAE((6, 5, 1), latent_dim=2, hidden_units=(8,))
    optimizer = keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.5)
    model.compile(optimizer, jit_compile=False, steps_per_execution=1)
    return model, values_of(training_variables(model))


@pytest.fixture
def make_model(compiled):
    """The model as a new process makes it."""

    def make():
        model, fresh = compiled
        assign(training_variables(model), fresh)
        return model

    return make


IMAGES = np.random.default_rng(0).integers(0, 256, (40, 6, 5, 1)).astype("uint8")


@pytest.fixture
def data():
    return batches(IMAGES, 10, shuffle=False)


def weights_of(model):
    return [value.tobytes() for value in values_of(training_variables(model))]


def test_resumed_run_ends_as_the_uninterrupted_one(tmp_path, make_model, data):
    whole = make_model()
    TrainingRun(tmp_path / "whole").fit(whole, data, epochs=4, verbose=0)
    expected = weights_of(whole)

    TrainingRun(tmp_path / "parts").fit(make_model(), data, epochs=2, verbose=0)
    resumed = make_model()
    run = TrainingRun(tmp_path / "parts", resume=True)
    history = run.fit(resumed, data, epochs=4, verbose=0)

    assert history.epoch == [0, 1, 2, 3]
    assert int(resumed.optimizer.iterations.numpy()) == 16
    assert weights_of(resumed) == expected
    with run.log.open() as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["0", "1", "2", "3"]


def test_log_that_a_kill_has_torn_is_made_whole(tmp_path, make_model, data):
    def fit(name, after, resume=False):
        run = TrainingRun(tmp_path / name, resume, checkpoint_seconds=1e-9)
        model = make_model()
        callbacks = [Killer(after)]
        run.fit(
            model, data, epochs=3, verbose=0, callbacks=callbacks, validation_freq=2
        )
        return run

    expected = fit("whole", 0).log.read_text()
    with pytest.raises(Kill):
        fit("parts", 6)
    log = tmp_path / "parts" / "log.csv"
    log.write_text(log.read_text() + log.read_text().splitlines()[1] + "\r\n1,0.3")
    assert fit("parts", 0, resume=True).log.read_bytes() == expected.replace(
        "\n", "\r\n"
    ).encode().replace(b"\r\r\n", b"\r\n")
    assert len(list(csv.DictReader(io.StringIO(expected)))) == 3


def test_clock_adds_up_over_sessions(tmp_path, make_model, data):
    first = TrainingRun(tmp_path)
    first.fit(make_model(), data, epochs=20, verbose=0)
    seconds = first.seconds
    assert TrainingRun(tmp_path, resume=True).seconds == seconds
    second = TrainingRun(tmp_path, resume=True)
    second.fit(make_model(), data, epochs=40, verbose=0)
    assert second.seconds > seconds > 0


def test_a_run_is_neither_overwritten_nor_invented(tmp_path, make_model, data):
    with pytest.raises(ValueError, match="holds a run to resume"):
        TrainingRun(tmp_path / "none", resume=True)
    assert not (tmp_path / "none").exists()
    TrainingRun(tmp_path / "new")  # makes no folder: the data may yet be missing
    assert not (tmp_path / "new").exists()
    TrainingRun(tmp_path).fit(make_model(), data, epochs=1, verbose=0)
    with pytest.raises(ValueError, match="--resume"):
        TrainingRun(tmp_path)


def test_a_run_killed_before_its_first_checkpoint_begins(tmp_path, make_model, data):
    (tmp_path / "lock").touch()
    for resume in (True, False):
        TrainingRun(tmp_path, resume)
    TrainingRun(tmp_path, resume=True).fit(make_model(), data, verbose=0)


def test_a_run_in_use_is_refused_before_the_data_are_read(tmp_path):
    lock = FolderLock(tmp_path)
    lock.acquire()
    with pytest.raises(BlockingIOError, match="in use by process"):
        TrainingRun(tmp_path)
    lock.release()
    TrainingRun(tmp_path)


@pytest.mark.parametrize("name", ["clock.json", "checkpoint"])
def test_a_run_of_an_older_version_is_refused(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(ValueError, match="a run of an older version"):
        TrainingRun(tmp_path, resume=True)


def test_stages_follow_each_other(tmp_path, compiled, make_model, data):
    def train(name, resume=False, killed_in=None):
        run = TrainingRun(tmp_path / name, resume, checkpoint_seconds=1e-9)
        model = make_model()
        stages = {"first": run}
        for stage, epochs in (("first", 2), ("second", 1)):
            if stage == "second":
                stages[stage] = run.stage(stage)
                model.compile(
                    keras.optimizers.SGD(1e-3), jit_compile=False, steps_per_execution=1
                )
            callbacks = [Killer(3 if stage == killed_in else 0)]
            stages[stage].fit(
                model, data, epochs=epochs, callbacks=callbacks, verbose=0
            )
        compile_as_at_first()
        return model.get_weights(), stages

    optimizer = make_model().optimizer

    def compile_as_at_first():
        compiled[0].compile(optimizer, jit_compile=False, steps_per_execution=1)

    expected, stages = train("whole")
    assert stages["second"].folder == stages["first"].folder / "second"
    assert stages["second"].seconds > stages["first"].seconds > 0
    for killed_in, resume in (("first", False), ("second", True)):
        with pytest.raises(Kill):
            train("parts", resume, killed_in)
        compile_as_at_first()
    for _ in range(2):
        weights, _ = train("parts", resume=True)
        for one, other in zip(weights, expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_plain_keras_model_resumes_exactly(tmp_path):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((6, 5, 1)),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(3),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        "adam", loss, metrics=["accuracy"], jit_compile=False, steps_per_execution=2
    )
    fresh = values_of(training_variables(model))
    labels = np.arange(40) % 3

    def fit(name, after, resume=False, seed=1, **kwargs):
        assign(training_variables(model), fresh)
        keras.utils.set_random_seed(seed)
        run = TrainingRun(tmp_path / name, resume, checkpoint_seconds=1e-9)
        return run.fit(
            model,
            IMAGES / np.float32(255),
            y=labels,
            **{"batch_size": 7, "epochs": 3, "verbose": 0, **kwargs},
            validation_data=(IMAGES[:9], labels[:9]),
            callbacks=[Killer(after)],
        )

    expected = fit("whole", 0)
    weights = weights_of(model)
    for number, after in enumerate((2, 2, 3)):
        with pytest.raises(Kill):
            fit("parts", after, resume=number > 0)
    with pytest.raises(ValueError, match=r"random_numbers: .* before"):
        fit("parts", 0, resume=True, seed=2)
    history = fit("parts", 0, resume=True)
    assert weights_of(model) == weights
    assert history.history == expected.history


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
