"""Which callbacks are to be called at every batch."""

import keras
import pytest

from vaezoo.callbacks import Checkpoint
from vaezoo.models import FullyConnectedVAE
from vaezoo.models.batch_hooks import EVALUATE_HOOKS, listens_to_batches
from vaezoo.models.non_finite import StopOnNonFiniteLoss

callbacks = keras.callbacks


def nothing(*args):
    pass


class OfEpochs(callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        pass


class OfBatches(callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


class OldName(callbacks.Callback):
    def on_batch_begin(self, batch, logs=None):
        pass


class OfTests(callbacks.Callback):
    def on_test_batch_end(self, batch, logs=None):
        pass


class OwnBar(callbacks.ProgbarLogger):
    def on_train_batch_end(self, batch, logs=None):
        pass


class OwnCheckpoint(callbacks.ModelCheckpoint):
    def on_epoch_end(self, epoch, logs=None):
        pass


SILENT = {
    "none": lambda path: None,
    "empty": lambda path: [],
    "of epochs": lambda path: OfEpochs(),
    "lambda of epochs": lambda path: callbacks.LambdaCallback(on_epoch_end=nothing),
    "checkpoint": lambda path: callbacks.ModelCheckpoint(path / "m.keras"),
    "own checkpoint": lambda path: OwnCheckpoint(path / "m.keras"),
    "backup": lambda path: callbacks.BackupAndRestore(path),
    "exact resume": lambda path: Checkpoint(path, every_steps=1),
    "TensorBoard": lambda path: callbacks.TensorBoard(path),
    "log": lambda path: [[callbacks.CSVLogger(path / "log.csv")]],
    "stopping": lambda path: callbacks.EarlyStopping("loss"),
    "average": lambda path: callbacks.SwapEMAWeights(),
    "NaN": lambda path: callbacks.TerminateOnNaN(),
    "bar": lambda path: callbacks.ProgbarLogger(),
    "list": lambda path: callbacks.CallbackList(
        [OfEpochs()], add_history=True, add_progbar=True
    ),
}
LISTENING = {
    "of batches": lambda path: OfBatches(),
    "among others": lambda path: [OfEpochs(), OfBatches()],
    "by the old name": lambda path: OldName(),
    "of tests": lambda path: OfTests(),
    "lambda": lambda path: callbacks.LambdaCallback(on_train_batch_end=nothing),
    "checkpoint": lambda path: callbacks.ModelCheckpoint(path / "m.keras", save_freq=3),
    "backup": lambda path: callbacks.BackupAndRestore(path, save_freq=3),
    "TensorBoard": lambda path: callbacks.TensorBoard(path, update_freq="batch"),
    "own bar": lambda path: OwnBar(),
    "list": lambda path: callbacks.CallbackList([OfBatches()]),
}


@pytest.mark.parametrize("kind", SILENT)
def test_silent(kind, tmp_path):
    assert not listens_to_batches(SILENT[kind](tmp_path))


@pytest.mark.parametrize("kind", LISTENING)
def test_listening(kind, tmp_path):
    assert listens_to_batches(LISTENING[kind](tmp_path))


def test_evaluate_asks_for_hooks_of_its_own():
    assert not listens_to_batches(OfBatches(), EVALUATE_HOOKS)
    assert listens_to_batches(OfTests(), EVALUATE_HOOKS)


def test_the_guard_of_fit_is_silent():
    model = FullyConnectedVAE((4, 3, 1), latent_dim=2, hidden_units=(5,))
    assert not listens_to_batches(StopOnNonFiniteLoss(model))
