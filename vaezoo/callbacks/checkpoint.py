"""Training that can be interrupted at any moment and loses nothing."""

import contextlib
import os
import pathlib
import time
from collections.abc import Iterator
from typing import Any

import keras

from vaezoo.callbacks.checkpoint_files import CheckpointFiles
from vaezoo.callbacks.folder_lock import FolderLock
from vaezoo.callbacks.same_training import (
    check_same_training,
    gives_same_batches,
    versions,
)
from vaezoo.callbacks.silenced import Silenced
from vaezoo.callbacks.skipped_steps import SkippedSteps
from vaezoo.callbacks.termination import Termination
from vaezoo.callbacks.training_state import (
    CallbackMemory,
    assign,
    describe,
    restore_history,
    training_variables,
    values_of,
)
from vaezoo.distributed import find_cluster, is_chief
from vaezoo.integers import check_count
from vaezoo.models.non_finite import check_finite_weights
from vaezoo.models.resumption import Start, Training


class Checkpoint(keras.callbacks.Callback):
    """Saves a training as it goes, and resumes it where it was interrupted.

    With it, `fit` of a VAE goes on where the training that the folder holds was killed,
    inside of an epoch too, and ends with the weights that it would have ended with, bit
    for bit: what is saved are weights, optimizer with its moving averages, step,
    metrics, the place in the data, history, and what other callbacks remember
    (`EarlyStopping`, `ReduceLROnPlateau`, `SwapEMAWeights`, `ModelCheckpoint`, ...). A
    finished training is loaded, and nothing more is done.

    It saves when training begins, at the end of each epoch, and inside of an epoch
    after `every_seconds` or `every_steps`. A file is written aside, flushed to the disk
    and renamed, so a kill leaves the one before; the newest two and the newest between
    two epochs are kept. A file that is found damaged is passed over with a warning. If
    a checkpoint cannot be written, because the disk is full say, training stops: what
    is lost then is less than `every_seconds`, and not a night. SIGTERM stops training
    after the next execution of steps, with a checkpoint and exit code 143.

    Of several workers (`vaezoo.distributed`) the chief writes, between epochs alone.

    The folder is locked while `fit` runs. To resume with other settings (architecture,
    seed, optimizer and schedule, batch size, data, kinds of callbacks) is refused; with
    another number of epochs it is not, where the schedule is the same.

    Data sets. The order of arrays is known. A `tf.data.Dataset` is made again by the
    program that resumes, and read up to the place; that is exact if its shuffles have
    seeds, and it has no state outside of it (no `from_generator`, no random operations
    that are not stateless). Otherwise training resumes, with a warning, where the last
    epoch began, so that no image is seen more often than others. Bits are the same on
    the same kind of machine with the same versions; on a GPU ask for
    `tf.config.experimental.enable_op_determinism()`.

    `keras.callbacks.BackupAndRestore` saves weights, optimizer and the number of
    epochs, and does so in place. It begins an interrupted epoch at its first batch, in
    the order of the first epoch, and keeps nothing of metrics and callbacks.

    Args:
        folder: Where the checkpoints are; it is made if it is not there, and belongs to
            one training.
        every_seconds: How long after the last checkpoint to write another one inside of
            an epoch; None for never.
        every_steps: The same, in steps. Several workers save between epochs alone.
        writes: Whether to write, or to read alone; None: of several workers, the chief
            writes.

    Attributes:
        seconds: Seconds of training, over all sessions; without what was lost.
        records: `(epoch, logs)` of each epoch that is done.

    Raises:
        ValueError: When training begins, if the folder holds another training than
            this, or its checkpoints are damaged.
        BlockingIOError: When training begins, if another process uses the folder.
        OSError: If a checkpoint cannot be written.
        NonFiniteLossError: If weights inside of an epoch are not finite: they are not
            saved.

    Example:
        >>> checkpoint = vaezoo.callbacks.Checkpoint("runs/digits", every_seconds=30)
        >>> history = model.fit(images, epochs=2, callbacks=[checkpoint], verbose=0)
        >>> len(checkpoint.records)
        2
    """

    resumes_training = True
    """Tells `fit` to ask it where to begin, and to call it after the others."""

    acts_between_executions = True
    """Tells `fit` that it need not be called at every batch."""

    def __init__(
        self,
        folder: str | os.PathLike[str],
        every_seconds: float | None = 60.0,
        every_steps: int | None = None,
        writes: bool | None = None,
    ) -> None:
        super().__init__()
        if every_seconds is not None and not every_seconds > 0:
            raise ValueError(
                "Expected every_seconds to be positive or None. "
                f"Received: every_seconds={every_seconds!r}"
            )
        if every_steps is not None:
            every_steps = check_count("every_steps", every_steps, 1)
        self.folder = pathlib.Path(folder).expanduser()
        self.writes = is_chief() if writes is None else writes
        # Of a metric, each of several workers holds a part: all would have to save at
        # the same step.
        self._only_between_epochs = find_cluster().workers > 1
        self.how_to_resume = "the same call of `fit` resumes"
        self.records: list[tuple[int, dict[str, Any]]] = []
        self._every = (every_seconds, every_steps)
        self._files = CheckpointFiles(self.folder)
        self._seconds = 0.0
        self._started: float | None = None
        self._training: Training | None = None

    @property
    def seconds(self) -> float:
        """Seconds of training, over all sessions."""
        if self._started is None:
            return self._seconds
        return self._seconds + time.monotonic() - self._started

    @contextlib.contextmanager
    def training(self, training: Training) -> Iterator[Start]:
        """What `fit` does its work in; users need not call it.

        Args:
            training: What `fit` is about to do.

        Yields:
            Where to begin.
        """
        self._training = training
        self._variables = training_variables(training.model)
        if self.writes:
            self.folder.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            if self.writes:
                lock = FolderLock(self.folder)
                lock.acquire()
                stack.callback(lock.release)
                self._files.clean()
            self._resumed = self._files.read_newest()
            self._start = self._find_start()
            self._saved_seconds = self._seconds
            self._epoch, self._batch = self._start.epoch, self._start.batch
            self._silenced = Silenced(training.callbacks)
            self._termination = stack.enter_context(Termination())
            stack.callback(self._finish)
            self._exit = stack
            yield self._start

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Resumes, or writes the first checkpoint."""
        if self._training is None:
            raise ValueError(
                "Expected Checkpoint in `fit` of a vaezoo model, or in "
                "`vaezoo.training.TrainingRun`. "
                f"Received: `fit` of {type(self.model).__name__}"
            )
        self._memory = CallbackMemory(self._training.callbacks)
        self._started = self._saved_at = time.monotonic()
        self._steps = 0
        if self._resumed is None:
            self._save(stop=False)
            return
        self._restore()
        skip, batch = self._start.batches_to_skip, self._start.batch
        if skip or batch:
            steps = SkippedSteps(self.model, skip, batch, self._restore_in_epoch)
            self._exit.callback(steps.remove)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keeps batches that were trained on from the other callbacks."""
        self._epoch = epoch
        if self._resumed is None or epoch != self._start.epoch:
            return
        self._restore_history()
        if self._start.batch:
            self._silenced.begin()

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        """Writes a checkpoint if it is time for one."""
        if self._silenced.active:
            if batch + 1 >= self._start.batch:
                self._silenced.end()
            return
        self._resumed = None  # Its arrays take memory.
        self._steps += batch + 1 - self._batch
        self._batch = batch + 1
        seconds, steps = self._every
        late = time.monotonic() - self._saved_at
        due = (seconds is not None and late >= seconds) or (
            steps is not None and self._steps >= steps
        )
        asked = self._termination.asked
        if (due or asked) and not self._only_between_epochs:
            check_finite_weights(self.model)
            self._save(self.model.stop_training)
        self._stop_if_asked()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes a checkpoint."""
        self.records.append((epoch, dict(logs or {})))
        self._epoch, self._batch = epoch + 1, 0
        self._save(self.model.stop_training)
        self._stop_if_asked()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Completes the history if there was nothing left to train."""
        if self._resumed is not None:
            self._restore_history()

    def _find_start(self) -> Start:
        """Where to begin; the weights are then as they were there."""
        training = self._training
        if self._resumed is None:
            self.records, self._seconds = [], 0.0
            return Start(training.first_epoch)
        state = self._resumed.state
        check_same_training(state, training, self._settings(), self.folder)
        begun = state["epoch"] > training.first_epoch or state["batch"]
        stopped = state["stop"] and not state["batch"]
        done = stopped or state["epoch"] >= training.epochs
        if begun and not done and not gives_same_batches(state, training):
            older = self._files.read_newest(between_epochs=True)
            self._resumed = older or self._resumed
        state = self._resumed.state
        self.records = [(epoch, logs) for epoch, logs in state["records"]]
        self._seconds = state["seconds"]
        self._assign(self._variables)
        if stopped:
            return Start(max(training.epochs, state["epoch"]))
        return Start(state["epoch"], state["batch"])

    def _finish(self) -> None:
        self._silenced.end()
        self._seconds, self._started = self._saved_seconds, None
        self._training = None

    def _settings(self) -> dict[str, Any]:
        return {
            **self._training.settings,
            "variables": describe(self._variables),
        }

    def _assign(self, variables: list[Any]) -> None:
        assign(variables, self._resumed.arrays[: len(variables)])

    def _restore(self) -> None:
        state, arrays = self._resumed
        self._assign(self._all_variables())
        self._memory.restore(state["callbacks"], arrays)
        restore = getattr(self.model, "restore_execution", None)
        if restore is not None:
            restore(state["execution"])

    def _restore_in_epoch(self) -> None:
        self._restore()
        self.model.stop_training = self._resumed.state["stop"]

    def _all_variables(self) -> list[Any]:
        if self._only_between_epochs:
            return self._variables
        return [*self._variables, *self.model.metrics_variables]

    def _restore_history(self) -> None:
        restore_history(getattr(self.model, "history", None), self.records)

    def _save(self, stop: bool) -> None:
        self._saved_at, self._steps = time.monotonic(), 0
        self._saved_seconds = self.seconds
        if not self.writes:
            return
        training = self._training
        arrays = values_of(self._all_variables())
        execution = getattr(self.model, "execution_state", None)
        state = {
            "epoch": self._epoch,
            "batch": self._batch,
            "stop": bool(stop),
            "epochs": training.epochs,
            "settings": self._settings(),
            "first_batch": training.first_batch,
            "records": self.records,
            "seconds": self.seconds,
            "callbacks": self._memory.save(arrays),
            "execution": execution() if execution is not None else None,
            "versions": versions(),
        }
        self._files.write(self._epoch, self._batch, state, arrays)

    def _stop_if_asked(self) -> None:
        if not self._termination.asked:
            return
        place = f"{self._epoch} epochs"
        if self._batch and not self._only_between_epochs:
            place += f" and {self._batch} batches"
        self._termination.obey(
            f"SIGTERM: stopped after {place}, with a checkpoint in '{self.folder}'; "
            f"{self.how_to_resume}."
        )
