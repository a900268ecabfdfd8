"""A training that is interrupted anywhere ends as one that is not."""

import errno
import os
import signal
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from vaezoo.callbacks import Checkpoint
from vaezoo.callbacks.training_state import assign, training_variables, values_of
from vaezoo.data import batches
from vaezoo.models import FullyConnectedVAE

SHAPE, COUNT, EPOCHS = (3, 2, 1), 22, 3  # six batches of 4 an epoch, the last of 2
IMAGES = np.random.default_rng(0).integers(0, 256, (COUNT, *SHAPE)).astype("uint8")


class Kill(Exception):
    pass


class Killer(keras.callbacks.Callback):
    """Ends training after so many batches, and notes which it has seen."""

    acts_between_executions = True

    def __init__(self, after):
        super().__init__()
        # In an object that no checkpoint saves.
        self.note = types.SimpleNamespace(after=after, seen=[])

    @property
    def seen(self):
        return self.note.seen

    def on_train_batch_end(self, batch, logs=None):
        self.note.seen.append((batch, logs["loss"]))
        self.note.after -= 1
        if self.note.after == 0:
            raise Kill


class Program:
    """A program that trains; as a new process, it starts with fresh weights.

    One compiled model serves all of its runs: to compile takes a hundred times as long
    as to train.
    """

    def __init__(self, steps_per_execution=1, optimizer=None, **kwargs):
        keras.utils.set_random_seed(0)
        self.model = FullyConnectedVAE(SHAPE, latent_dim=2, hidden_units=(3,))
        self.model.compile(
            optimizer
            or keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.5, clipnorm=1),
            **{"jit_compile": False, "steps_per_execution": steps_per_execution},
            **kwargs,
        )
        self.fresh = values_of(self.variables)

    @property
    def variables(self):
        return training_variables(self.model)

    def run(self, folder, data=IMAGES, after=0, callbacks=(), **kwargs):
        """Returns the history, and the killer; of a run that was killed, no history."""
        assign(self.variables, self.fresh)
        killer = Killer(after)
        checkpoint = Checkpoint(folder, every_steps=kwargs.pop("every_steps", 1))
        arguments = {"batch_size": 4, "epochs": EPOCHS, "verbose": 0, **kwargs}
        if isinstance(data, tf.data.Dataset):
            del arguments["batch_size"]
        try:
            history = self.model.fit(
                data, callbacks=[checkpoint, *callbacks, killer], **arguments
            )
        except Kill:
            history = None
        return history, killer

    def bytes(self):
        return [value.tobytes() for value in values_of(self.variables)]


@pytest.fixture(scope="module")
def program():
    return Program()


def shuffled():
    return batches(IMAGES, 4, seed=1)


DATA = {
    "arrays": (lambda: IMAGES, {}),
    "arrays in steps": (lambda: IMAGES, {"steps_per_epoch": 4, "batch_size": 4}),
    "data set": (shuffled, {}),
    "data set without a length": (
        lambda: shuffled().filter(lambda images: tf.shape(images)[0] > 0),
        {},
    ),
    "data set without an end": (lambda: shuffled().repeat(), {"steps_per_epoch": 5}),
}


@pytest.mark.filterwarnings("ignore:.*ran out of data:UserWarning")
@pytest.mark.parametrize("kind", DATA)
def test_killed_training_ends_as_the_uninterrupted_one(program, kind, tmp_path):
    make, kwargs = DATA[kind]
    expected, killer = program.run(tmp_path / "whole", make(), **kwargs)
    weights, seen = program.bytes(), killer.seen
    # Killed in the first epoch, at the end of one, twice in the same, and in the last.
    sessions = [
        program.run(tmp_path / "parts", make(), after, **kwargs)
        for after in (2, 4, 1, 5, 3)
    ]
    assert all(history is None for history, _ in sessions)
    history, last = program.run(tmp_path / "parts", make(), **kwargs)
    assert program.bytes() == weights
    assert history.epoch == expected.epoch == list(range(EPOCHS))
    assert history.history == expected.history
    # Each batch was seen once, but for those whose checkpoint was not yet written.
    killed = [batch for _, one in sessions for batch in one.seen[:-1]]
    assert killed + last.seen == seen

    # It is finished: nothing more is done.
    history, killer = program.run(tmp_path / "parts", make(), **kwargs)
    assert program.bytes() == weights
    assert history.history == expected.history
    assert killer.seen == []


@pytest.mark.parametrize("jit_compile", [False, True])
def test_several_steps_an_execution(jit_compile, tmp_path):
    program = Program(steps_per_execution=5)
    if jit_compile:
        program.model.compile(
            program.model.optimizer, jit_compile=True, steps_per_execution=5
        )
    expected, _ = program.run(tmp_path / "whole")
    weights = program.bytes()
    # An epoch is an execution of five batches, and one of a smaller batch alone.
    for after in (1, 2, 2):
        program.run(tmp_path / "parts", after=after)
        assert program.bytes() != weights
    history, _ = program.run(tmp_path / "parts")
    assert program.bytes() == weights
    assert history.history == expected.history


class Decay(keras.callbacks.Callback):
    """Has a state of each kind, and acts at the beginning of epochs."""

    def __init__(self):
        super().__init__()
        self.count = tf.Variable(0)
        self.past = {"rates": [np.float32(0)], "pair": (1, None)}

    def on_epoch_begin(self, epoch, logs=None):
        rate = self.model.optimizer.learning_rate
        rate.assign(rate * 0.9)
        self.count.assign_add(1)
        self.past["rates"].append(rate.numpy())

    def on_epoch_end(self, epoch, logs=None):
        logs["counted"] = int(self.count.numpy())
        logs["past"] = float(sum(self.past["rates"]))


def test_callbacks_go_on_with_what_they_remember(tmp_path):
    program = Program()
    made = {}

    def callbacks(folder):
        made.update(
            stop=keras.callbacks.EarlyStopping(
                "val_loss", patience=3, restore_best_weights=True
            ),
            plateau=keras.callbacks.ReduceLROnPlateau(
                "val_loss", factor=0.5, patience=1, min_delta=0.05
            ),
            best=keras.callbacks.ModelCheckpoint(
                folder / "best.weights.h5",
                monitor="val_loss",
                save_best_only=True,
                save_weights_only=True,
            ),
            swap=keras.callbacks.SwapEMAWeights(swap_on_epoch=True),
            decay=Decay(),
        )
        return list(made.values())

    def run(folder, after=0):
        folder.mkdir(exist_ok=True)
        return program.run(
            folder,
            after=after,
            callbacks=callbacks(folder),
            epochs=12,
            validation_data=IMAGES[:8],
        )[0]

    expected = run(tmp_path / "whole")
    weights = program.bytes()
    kept = {name: dict(vars(made[name])) for name in ("stop", "plateau", "best")}
    for after in (3, 8, 2, 6, 7):
        assert run(tmp_path / "parts", after) is None
    history = run(tmp_path / "parts")
    assert program.bytes() == weights
    assert history.history == expected.history
    for name, names in {
        "stop": ("wait", "best", "best_epoch", "stopped_epoch"),
        "plateau": ("wait", "best", "cooldown_counter"),
        "best": ("best",),
    }.items():
        for attribute in names:
            assert vars(made[name])[attribute] == kept[name][attribute], attribute
    # Training that was stopped early is finished.
    assert len(expected.epoch) < 12
    assert run(tmp_path / "parts").history == expected.history
    assert program.bytes() == weights


def newest(folder):
    return max(folder.glob("*.checkpoint"))


@pytest.mark.parametrize("harm", ["flip", "truncate", "empty", "foreign"])
def test_damaged_checkpoint_is_passed_over(program, harm, tmp_path):
    program.run(tmp_path / "whole")
    weights = program.bytes()
    program.run(tmp_path / "parts", after=9)
    path = newest(tmp_path / "parts")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    changed = {"flip": data, "truncate": data[:-1], "empty": b"", "foreign": b"{}\n"}
    path.write_bytes(changed[harm])
    with pytest.warns(UserWarning, match=rf"go on with the one before.*{path.name}"):
        program.run(tmp_path / "parts")
    assert program.bytes() == weights


def test_nothing_is_begun_anew_if_all_checkpoints_are_damaged(program, tmp_path):
    program.run(tmp_path, after=9)
    for path in tmp_path.glob("*.checkpoint"):
        path.write_bytes(path.read_bytes()[:100])
    with (
        pytest.warns(UserWarning, match="go on with the one before"),
        pytest.raises(ValueError, match="Expected a checkpoint to resume from"),
    ):
        program.run(tmp_path)


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_full_disk_stops_training_and_leaves_the_last_one(
    program, step, tmp_path, monkeypatch
):
    program.run(tmp_path / "whole")
    weights = program.bytes()
    calls = []

    def full(*args, **kwargs):
        calls.append(args)
        if len(calls) == 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return function(*args, **kwargs)

    if step == "write":
        opened = os.fdopen

        def fdopen(*args, **kwargs):
            nonlocal function
            file = opened(*args, **kwargs)
            function = file.write
            # Some of it is written before there is no room.
            return Torn(file) if len(calls) >= 4 else calls.append(args) or file

        class Torn:
            def __init__(self, file):
                self.file = file

            def __enter__(self):
                return self

            def __exit__(self, *error):
                self.file.close()

            def write(self, data):
                self.file.write(data[: len(data) // 2])
                full(data)

        function = None
        monkeypatch.setattr(os, "fdopen", fdopen)
    else:
        function = getattr(os, step)
        monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="Expected to write a checkpoint; the last one"):
        program.run(tmp_path / "parts")
    monkeypatch.undo()
    assert not list((tmp_path / "parts").glob(".writing*"))
    assert list((tmp_path / "parts").glob("*.checkpoint"))
    program.run(tmp_path / "parts")
    assert program.bytes() == weights


def test_what_a_killed_writer_left_is_removed(program, tmp_path):
    program.run(tmp_path, after=3)
    (tmp_path / ".writing-abc").write_bytes(b"half")
    program.run(tmp_path, after=3)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "epoch-00000-batch-00000000.checkpoint",
        "epoch-00000-batch-00000003.checkpoint",
        "epoch-00000-batch-00000004.checkpoint",
        "lock",
    ]


def test_folder_in_use_is_refused_at_once(program, tmp_path):
    class Other(keras.callbacks.Callback):
        said = None

        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                with pytest.raises(BlockingIOError) as raised:
                    Program().run(tmp_path)
                self.said = str(raised.value)

    other = Other()
    program.run(tmp_path, callbacks=[other])
    assert f"in use by process {os.getpid()}" in other.said
    program.run(tmp_path, callbacks=[other])  # it is free again


OTHER_SETTINGS = {
    "batch_size": ({"batch_size": 5}, "batch_size: 4 before, 5 now"),
    "data": ({"data": IMAGES[::-1].copy()}, "data.arrays: 'uint8 .*' before"),
    "shuffle": ({"shuffle": False}, "shuffle: True before, False now"),
    "callbacks": (
        {"callbacks": [keras.callbacks.TerminateOnNaN()]},
        "callbacks: .* before, .*TerminateOnNaN.* now",
    ),
    "epochs": ({"epochs": 1}, "epochs: 3 before, 1 now, and 1 are done"),
}


@pytest.mark.parametrize("name", OTHER_SETTINGS)
def test_other_settings_are_refused_by_name(program, name, tmp_path):
    changed, said = OTHER_SETTINGS[name]
    program.run(tmp_path, after=8)
    with pytest.raises(ValueError, match=f"(?s)settings of the training.*{said}"):
        program.run(tmp_path, **changed)


def test_another_model_is_refused_by_name(program, tmp_path):
    program.run(tmp_path, after=8)
    model = FullyConnectedVAE(SHAPE, latent_dim=2, hidden_units=(4,), seed=5)
    schedule = keras.optimizers.schedules.CosineDecay(1e-2, 99)
    model.compile(keras.optimizers.Adam(schedule), jit_compile=False)
    with pytest.raises(ValueError, match="settings of the training") as raised:
        model.fit(IMAGES, batch_size=4, callbacks=[Checkpoint(tmp_path)], verbose=0)
    for said in (
        "epochs: 3 before, 1 now",
        "hidden_units.0: 3 before, 4 now",
        "seed: 0 before, 5 now",
        "optimizer.use_ema: True before, False now",
        "optimizer.learning_rate.config.decay_steps: none before, 99 now",
        "steps_per_execution: 1 before, 6 now",
    ):
        assert said in str(raised.value)


def test_more_epochs_of_the_same_are_fine(program, tmp_path):
    program.run(tmp_path / "whole", epochs=5)
    weights = program.bytes()
    program.run(tmp_path / "parts", epochs=3)
    history, _ = program.run(tmp_path / "parts", epochs=5)
    assert program.bytes() == weights
    assert history.epoch == [0, 1, 2, 3, 4]


def test_more_epochs_are_refused_after_averages_were_made_final(program, tmp_path):
    def run(epochs):
        swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
        return program.run(tmp_path, callbacks=[swap], epochs=epochs)

    run(2)
    with pytest.raises(ValueError, match="epochs: 2 before, 3 now, and the last"):
        run(3)


@pytest.mark.parametrize("kind", ["other order", "stateful"])
def test_data_that_are_not_repeated_resume_at_the_epoch(program, kind, tmp_path):
    seeds = iter(range(1, 9))

    def make():
        if kind == "other order":
            return batches(IMAGES, 4, seed=next(seeds))
        flip = tf.image.random_flip_left_right
        return batches(IMAGES, 4, shuffle=False).map(flip)

    program.run(tmp_path, make(), after=9)
    with pytest.warns(UserWarning, match="Expected a data set that gives the same"):
        history, killer = program.run(tmp_path, make())
    assert [batch for batch, _ in killer.seen] == [*range(6), *range(6)]
    assert history.epoch == [0, 1, 2]


def test_other_data_are_said_between_epochs_too(program, tmp_path):
    program.run(tmp_path, shuffled(), after=7)
    assert newest(tmp_path).name == "epoch-00001-batch-00000000.checkpoint"
    with pytest.warns(UserWarning, match="another first batch"):
        program.run(tmp_path, batches(IMAGES, 4, seed=2))
    program.run(tmp_path, batches(IMAGES, 4, seed=3))  # finished: it does not matter


@pytest.mark.parametrize("in_epoch", [True, False])
def test_sigterm_stops_at_a_step_with_a_checkpoint(program, in_epoch, tmp_path, capsys):
    class Terminate(keras.callbacks.Callback):
        acts_between_executions = True

        def on_train_batch_end(self, batch, logs=None):
            if in_epoch and batch == 3:
                os.kill(os.getpid(), signal.SIGTERM)

        def on_epoch_end(self, epoch, logs=None):
            if not in_epoch and epoch == 1:
                os.kill(os.getpid(), signal.SIGTERM)

    def run(folder, cls):
        return program.run(folder, callbacks=[cls()], every_steps=None)

    class Quiet(keras.callbacks.Callback):
        pass

    Terminate.__name__ = "Quiet"  # to another process, the same kind of callback
    run(tmp_path / "whole", Quiet)
    weights = program.bytes()
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path / "parts", Terminate)
    assert stopped.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is before
    place = "0 epochs and 4 batches" if in_epoch else "2 epochs"
    said = capsys.readouterr().err
    assert f"stopped after {place}" in said
    assert "the same call of `fit` resumes" in said
    _, killer = run(tmp_path / "parts", Quiet)
    assert len(killer.seen) == (14 if in_epoch else 6)
    assert program.bytes() == weights


def test_own_handler_of_sigterm_is_called_after_the_checkpoint(program, tmp_path):
    calls = []

    def handler(number, frame):
        calls.append(newest(tmp_path).name)

    class Terminate(keras.callbacks.Callback):
        acts_between_executions = True

        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                os.kill(os.getpid(), signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, handler)
    try:
        program.run(tmp_path, callbacks=[Terminate()], every_steps=None, epochs=1)
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)
    assert calls == ["epoch-00000-batch-00000003.checkpoint"]


def test_weights_that_are_not_finite_are_not_saved(program, tmp_path):
    class Poison(keras.callbacks.Callback):
        acts_between_executions = True

        def on_train_batch_end(self, batch, logs=None):
            if batch == 3:
                weight = self.model.trainable_weights[0]
                weight.assign(np.full(weight.shape, np.nan))

    with pytest.raises(ArithmeticError, match="weights"):
        program.run(tmp_path, callbacks=[Poison()])
    assert newest(tmp_path).name == "epoch-00000-batch-00000003.checkpoint"


def test_a_plain_keras_model_is_told_where_it_can_be_used(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="TrainingRun"):
        model.fit(np.ones((4, 2)), np.ones(4), callbacks=[Checkpoint(tmp_path)])


@pytest.mark.parametrize("wrong", [{"every_seconds": 0}, {"every_steps": 0}])
def test_intervals_are_checked(wrong, tmp_path):
    with pytest.raises(ValueError, match="Received: "):
        Checkpoint(tmp_path, **wrong)


def test_a_reader_writes_nothing(program, tmp_path):
    folder = tmp_path / "run"
    assign(program.variables, program.fresh)
    reader = Checkpoint(folder, writes=False)
    program.model.fit(IMAGES, batch_size=4, verbose=0, callbacks=[reader])
    assert not folder.exists()


def test_other_versions_are_said(program, tmp_path, monkeypatch):
    program.run(tmp_path, after=8)
    monkeypatch.setattr(
        "vaezoo.callbacks.same_training.versions", lambda: {"keras": "0.0"}
    )
    with pytest.warns(UserWarning, match="keras: '.*' before, '0.0' now"):
        program.run(tmp_path)
