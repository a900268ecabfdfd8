"""A training run that can be interrupted and resumed."""

import contextlib
import functools
import os
import pathlib
from collections.abc import Callable
from typing import Any

import keras

from vaezoo.callbacks import Checkpoint
from vaezoo.callbacks.checkpoint_files import CheckpointFiles
from vaezoo.callbacks.folder_lock import FolderLock
from vaezoo.distributed import find_cluster, training_scope
from vaezoo.training.keras_fit import keras_fit
from vaezoo.zoo import check_writable

_BEGUN = "lock"
_OF_OLD = ("clock.json", "checkpoint")


class TrainingRun:
    """A folder with the checkpoints and the log of one training.

    It is `vaezoo.callbacks.Checkpoint`, which says what is saved and when, with a log,
    and for a program that is told by its user whether to resume.

    Of the workers of a cluster (see `vaezoo.distributed`) the chief writes, into a
    folder that all of them see. The model and its optimizer are made after the run, and
    are then trained by all workers: until `fit`, the strategy's scope is entered.

    Args:
        folder: Where they are kept; made by `fit` if it does not exist.
        resume: Whether to continue the run that the folder holds.
        checkpoint_seconds: How often to save inside of an epoch.

    Raises:
        ValueError: If the folder holds a run and `resume` is not asked for, or it
            holds none and it is.
        BlockingIOError: If a run is going on in the folder.
        OSError: If the folder cannot be written.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        resume: bool = False,
        checkpoint_seconds: float | None = 60.0,
    ) -> None:
        self.folder = pathlib.Path(folder)
        self.log = self.folder / "log.csv"
        if any((self.folder / name).exists() for name in _OF_OLD):
            raise ValueError(
                "Expected a folder of this version of vaezoo, or a new one. "
                f"Received: folder {str(self.folder)!r}, which holds a run of an older "
                "version: that one can finish it"
            )
        if self.holds_run and not resume:
            raise ValueError(
                "Expected a new run, or `--resume` to continue the one that is there. "
                f"Received: folder {str(self.folder)!r}, which holds a run"
            )
        # A run that was killed before its first checkpoint has nothing but a lock.
        if resume and not self.holds_run and not (self.folder / _BEGUN).exists():
            raise ValueError(
                "Expected a folder that holds a run to resume. "
                f"Received: folder {str(self.folder)!r}"
            )
        check_writable(self.folder)
        self._checkpoint_seconds = checkpoint_seconds
        self._checkpoint = Checkpoint(self.folder, checkpoint_seconds)
        self._checkpoint.how_to_resume = "`--resume` continues"
        self._seconds_before: Callable[[], float] = lambda: 0.0
        if self.folder.exists() and self._checkpoint.writes:
            # Another run is found before the data are read, and not after that.
            lock = FolderLock(self.folder)
            lock.acquire()
            lock.release()
        # In a cluster, the model that is made now is one of all workers.
        self._scope = training_scope()

    @property
    def holds_run(self) -> bool:
        """Whether the folder holds a checkpoint."""
        return bool(CheckpointFiles(self.folder).places())

    @property
    def seconds(self) -> float:
        """Wall time spent in training, over all sessions and stages of the run."""
        seconds = self._checkpoint.seconds
        if not seconds and self.holds_run:
            seconds = CheckpointFiles(self.folder).read_newest().state["seconds"]
        return round(self._seconds_before() + seconds, 1)

    def stage(self, name: str) -> "TrainingRun":
        """A training that follows this one, of the same model compiled anew, say.

        It begins, or resumes where it was interrupted: which of them is right has been
        decided with this run.

        Args:
            name: Name of its folder in the folder of this run.

        Returns:
            A run whose `seconds` are those of both.
        """
        folder = self.folder / name
        begun = (folder / _BEGUN).exists()
        run = TrainingRun(folder, begun, self._checkpoint_seconds)
        run._seconds_before = lambda: self.seconds
        return run

    def fit(self, model: keras.Model, x: Any, **kwargs: Any) -> keras.callbacks.History:
        """`model.fit` with checkpoints, and a line in the log at each epoch's end.

        A model that is no VAE takes arrays in an order of its own, a function of what
        `keras.utils.set_random_seed` was told.

        Args:
            model: A compiled model.
            x: Images or a data set.
            **kwargs: The other arguments of `fit`.

        Returns:
            The `History` of the whole run.

        Raises:
            ValueError: If the run that the folder holds has other settings.
            OSError: If the folder cannot be written; what was saved before stays.
        """
        self._scope.close()
        callbacks = keras.tree.flatten(kwargs.pop("callbacks", None) or [])
        fit = model.fit
        if not hasattr(model, "execution_state"):
            if find_cluster().workers > 1:
                raise ValueError(
                    "Expected a model of vaezoo, which several workers can train; "
                    "Keras's own `fit` cannot (keras-team/keras#20585). "
                    f"Received: {type(model).__name__}"
                )
            fit = functools.partial(keras_fit, model)
        with contextlib.ExitStack() as stack:
            if self._checkpoint.writes:
                log = _Log(self.log, self._checkpoint)
                callbacks.append(stack.enter_context(contextlib.closing(log)))
            return fit(x, callbacks=[*callbacks, self._checkpoint], **kwargs)


class _Log(keras.callbacks.CSVLogger):
    """The log of all epochs, as the checkpoint knows them.

    One that a kill has torn, or that has a line too many, is written again.
    """

    added_by_fit = True

    def __init__(self, path: pathlib.Path, checkpoint: Checkpoint) -> None:
        super().__init__(str(path))
        self._path, self._checkpoint = path, checkpoint

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.filename = str(self._path.with_name(".writing-log"))
        super().on_train_begin(logs)
        for epoch, record in self._checkpoint.records:
            self.on_epoch_end(epoch, record)
        self.csv_file.flush()
        os.replace(self.filename, self._path)

    def close(self) -> None:
        """Closes the file, after a training that ended early too."""
        if self.csv_file is not None:
            self.csv_file.close()
