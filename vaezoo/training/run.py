"""A training run that can be interrupted and resumed."""

import json
import os
import pathlib
import time
from typing import Any

import keras

from vaezoo.models import VAE
from vaezoo.zoo import check_writable


class TrainingRun:
    """A folder with the checkpoint, the log and the clock of one training.

    Args:
        folder: Where they are kept; made by `fit` if it does not exist.
        resume: Whether to continue the run that the folder holds.

    Raises:
        ValueError: If the folder holds a run and `resume` is not asked for, or it
            holds none and it is.
        OSError: If the folder cannot be written.
    """

    def __init__(self, folder: str | os.PathLike[str], resume: bool = False) -> None:
        self.folder = pathlib.Path(folder)
        self.log = self.folder / "log.csv"
        self._clock = self.folder / "clock.json"
        started = self._clock.exists()
        if started and not resume:
            raise ValueError(
                "Expected a new run, or `--resume` to continue the one that is there. "
                f"Received: folder {str(self.folder)!r}, which holds a run"
            )
        if resume and not started:
            raise ValueError(
                "Expected a folder that holds a run to resume. "
                f"Received: folder {str(self.folder)!r}"
            )
        check_writable(self.folder)

    @property
    def seconds(self) -> float:
        """Wall time spent in training, over all sessions of the run."""
        return json.loads(self._clock.read_text())["seconds"]

    def fit(self, model: VAE, x: Any, **kwargs: Any) -> keras.callbacks.History:
        """`model.fit` with a checkpoint, a log line and the clock at each epoch's end.

        Args:
            model: A compiled model.
            x: Images or a data set.
            **kwargs: The other arguments of `fit`.

        Returns:
            The `History` of this session.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        callbacks = [
            *kwargs.pop("callbacks", []),
            keras.callbacks.CSVLogger(str(self.log), append=True),
            keras.callbacks.BackupAndRestore(
                str(self.folder / "checkpoint"),
                double_checkpoint=True,
                delete_checkpoint=False,
            ),
            _Clock(self._clock),
        ]
        return model.fit(x, callbacks=callbacks, **kwargs)


class _Clock(keras.callbacks.Callback):
    """Adds up the seconds of training in a file."""

    def __init__(self, path: pathlib.Path) -> None:
        super().__init__()
        self._path = path
        self._seconds = 0.0
        if path.exists():
            self._seconds = json.loads(path.read_text())["seconds"]

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._started = time.monotonic()
        self._write()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._write()

    def _write(self) -> None:
        seconds = self._seconds + time.monotonic() - self._started
        self._path.write_text(json.dumps({"seconds": round(seconds, 1)}))
