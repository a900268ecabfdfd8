"""A backup that the chief writes and all workers restore."""

import os
from typing import Any

import keras

from vaezoo.distributed.cluster import is_chief


def cluster_backup(folder: str | os.PathLike[str]) -> keras.callbacks.Callback:
    """Keras's `BackupAndRestore`, at the end of each epoch, for workers of a cluster.

    Each worker gives it to `fit`. The chief writes, into a folder that all of them see;
    when training begins they all restore what is there.

    Args:
        folder: Where the backup is; it stays there when training is done.

    Returns:
        A callback for this worker.
    """
    backup = keras.callbacks.BackupAndRestore(
        os.fspath(folder), double_checkpoint=True, delete_checkpoint=False
    )
    return backup if is_chief() else _Restored(backup)


class _Restored(keras.callbacks.Callback):
    """Restores a backup, and writes none."""

    def __init__(self, backup: keras.callbacks.BackupAndRestore) -> None:
        super().__init__()
        self._backup = backup

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._backup.set_model(self.model)
        self._backup.on_train_begin(logs)
