"""One process at a time in a folder."""

import json
import os
import pathlib
import socket
from typing import IO

try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

    def _lock(file: IO[str]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


LOCK_FILE = "lock"


class FolderLock:
    """A lock that the operating system frees when its process is gone.

    So the lock of a process that was killed, or of a machine that was switched off,
    stands in nobody's way. The file stays: to delete it would give the next two that
    come different files to lock.

    Args:
        folder: A folder that exists.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._path = pathlib.Path(folder) / LOCK_FILE
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Takes the lock.

        Raises:
            BlockingIOError: At once, if another holds it; the message names it.
            OSError: If the folder cannot be written.
        """
        file = self._path.open("a+", encoding="utf-8")
        try:
            _lock(file)
        except OSError as error:
            holder = self._holder()
            file.close()
            raise BlockingIOError(
                "Expected a folder that no other training writes to. "
                f"Received: folder '{self._path.parent}', in use by {holder}"
            ) from error
        self._file = file
        file.truncate(0)
        json.dump({"process": os.getpid(), "machine": socket.gethostname()}, file)
        file.flush()

    def release(self) -> None:
        """Gives the lock back, if it is held."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _holder(self) -> str:
        try:
            holder = json.loads(self._path.read_text(encoding="utf-8"))
            return f"process {holder['process']} on {holder['machine']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"
