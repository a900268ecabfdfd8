"""Files of checkpoints: each is whole or not there, and damage is found out."""

import contextlib
import hashlib
import json
import os
import pathlib
import re
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

_FORMAT = "vaezoo checkpoint 1"
_NAME = re.compile(r"epoch-(\d+)-batch-(\d+)\.checkpoint")
_WRITING = ".writing-"
_KEPT = 2


class Content(NamedTuple):
    """What a checkpoint holds.

    Attributes:
        state: As JSON has it.
        arrays: Arrays of numbers.
    """

    state: dict[str, Any]
    arrays: list[np.ndarray]


class CheckpointFiles:
    """The checkpoints of one training, a file each.

    A file is written beside its place, flushed to the disk, and renamed. Its first line
    holds the digest of the rest. The two newest are kept, and the newest that was made
    between two epochs.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = pathlib.Path(folder)

    def places(self) -> list[tuple[int, int]]:
        """Epochs done, and batches of the next one, of each file; the newest first."""
        if not self.folder.is_dir():
            return []
        names = (_NAME.fullmatch(path.name) for path in self.folder.iterdir())
        return sorted(
            ((int(name[1]), int(name[2])) for name in names if name), reverse=True
        )

    def clean(self) -> None:
        """Removes what a process left that was killed while it wrote."""
        for path in self.folder.glob(f"{_WRITING}*"):
            path.unlink(missing_ok=True)

    def write(
        self,
        epoch: int,
        batch: int,
        state: Mapping[str, Any],
        arrays: Sequence[np.ndarray],
    ) -> None:
        """Writes a checkpoint, and removes those that are older than need be.

        Args:
            epoch: Epochs done.
            batch: Batches done of the epoch after them.
            state: What JSON can hold.
            arrays: Arrays of numbers, of TensorFlow's dtypes.

        Raises:
            OSError: If it cannot be written. The checkpoints before it are as they
                were.
        """
        target = self._path(epoch, batch)
        try:
            self._write(target, _packed(state, arrays))
        except OSError as error:
            raise OSError(
                error.errno,
                f"Expected to write a checkpoint; {self._last()} "
                f"Received: {error.strerror or error}",
                str(target),
            ) from error
        places = self.places()
        kept = {*places[:_KEPT], *[place for place in places if place[1] == 0][:1]}
        for place in set(places) - kept:
            self._path(*place).unlink(missing_ok=True)

    def read_newest(self, between_epochs: bool = False) -> Content | None:
        """The newest checkpoint that is whole.

        One that is damaged is renamed, with a warning.

        Args:
            between_epochs: Whether to pass over those inside of an epoch.

        Returns:
            The content, or None if there is no file.

        Raises:
            ValueError: If there are files and none is whole, or another version of
                vaezoo wrote them.
        """
        damaged = []
        for place in self.places():
            if between_epochs and place[1]:
                continue
            path = self._path(*place)
            try:
                return _unpacked(path.read_bytes())
            except _Damaged as error:
                damaged.append(path.name)
                with contextlib.suppress(OSError):
                    path.rename(path.with_name(f"{path.name}.damaged"))
                warnings.warn(
                    f"Expected a whole checkpoint, and go on with the one before it. "
                    f"Received: '{path}', {error}"
                )
        if damaged:
            raise ValueError(
                "Expected a checkpoint to resume from. Received: folder "
                f"'{self.folder}', in which {', '.join(damaged)} "
                f"{'is' if len(damaged) == 1 else 'are'} damaged"
            )
        return None

    def _path(self, epoch: int, batch: int) -> pathlib.Path:
        return self.folder / f"epoch-{epoch:05d}-batch-{batch:08d}.checkpoint"

    def _write(self, target: pathlib.Path, parts: Sequence[bytes]) -> None:
        descriptor, name = tempfile.mkstemp(prefix=_WRITING, dir=self.folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for part in parts:
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
        sync_folder(self.folder)

    def _last(self) -> str:
        places = self.places()
        if not places:
            return "there is none yet."
        return f"the last one, '{self._path(*places[0])}', is whole."


def sync_folder(folder: pathlib.Path) -> None:
    """Makes a renaming outlast a power failure."""
    if os.name == "nt":  # Windows opens no folders
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Damaged(Exception):
    pass


def _packed(state: Mapping[str, Any], arrays: Sequence[np.ndarray]) -> list[bytes]:
    described = [[array.dtype.name, list(np.shape(array))] for array in arrays]
    text = json.dumps({"state": state, "arrays": described}, default=_as_json).encode()
    body = [text, b"\n", *(array.tobytes() for array in arrays)]
    header = {"format": _FORMAT, "digest": _digest(body)}
    return [json.dumps(header).encode(), b"\n", *body]


def _as_json(value: Any) -> Any:
    """Numbers of NumPy, which callbacks may have put into the logs."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _unpacked(data: bytes) -> Content:
    first, _, body = data.partition(b"\n")
    try:
        header = json.loads(first)
        form, digest = header["format"], header["digest"]
    except (ValueError, KeyError, TypeError) as error:
        raise _Damaged("whose first line is damaged") from error
    if digest != _digest([body]):
        raise _Damaged("whose digest is another")
    if form != _FORMAT:
        raise ValueError(
            f"Expected a checkpoint of this version, {_FORMAT!r}. Received: {form!r}"
        )
    text, _, rest = body.partition(b"\n")
    described = json.loads(text)
    arrays, start = [], 0
    for name, shape in described["arrays"]:
        dtype = np.dtype(tf.as_dtype(name).as_numpy_dtype)
        count = int(np.prod(shape, dtype=np.int64))
        array = np.frombuffer(rest, dtype, count, start).reshape(shape)
        arrays.append(array.copy())
        start += count * dtype.itemsize
    return Content(described["state"], arrays)


def _digest(parts: Sequence[bytes]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
