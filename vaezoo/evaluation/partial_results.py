"""Results of a long measurement, image after image, that survive its interruption."""

import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vaezoo.npz_arrays import read_arrays

_SAVE_SECONDS = 10.0


class PartialResults:
    """One number for each image, the first ones first; kept in a file if one is given.

    The file appears whole or not at all, at most every ten seconds, and at the end of
    a `with` block. A new object on the same file continues where the last one ended.

    Args:
        count: Number of images.
        path: The file, or None to keep nothing.
        fingerprint: What the numbers depend on. A file with another one is refused.

    Raises:
        ValueError: If the file is of another measurement, or is none of these.
        OSError: If it cannot be read or written.
    """

    def __init__(
        self, count: int, path: Path | None, fingerprint: Mapping[str, str]
    ) -> None:
        self.values = np.zeros(count, np.float32)
        self.done = 0
        self._path = path
        self._fingerprint = dict(fingerprint)
        self._saved = time.monotonic()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                self._read()

    def __enter__(self) -> "PartialResults":
        return self

    def __exit__(self, *error: object) -> None:
        self.save()

    def append(self, values: np.ndarray) -> None:
        """Adds the numbers of the next images; they are saved when it is time to.

        Args:
            values: `(images,)`.
        """
        self.values[self.done : self.done + len(values)] = values
        self.done += len(values)
        if time.monotonic() - self._saved >= _SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Writes what is there, if there is a file to write."""
        if self._path is None:
            return
        descriptor, hidden = tempfile.mkstemp(
            dir=self._path.parent, prefix=f".{self._path.name}."
        )
        try:
            with open(descriptor, "wb") as file:
                np.savez(
                    file,
                    values=self.values,
                    done=np.int64(self.done),
                    fingerprint=np.array(json.dumps(self._fingerprint)),
                )
                file.flush()
                os.fsync(file.fileno())
            os.replace(hidden, self._path)
        except BaseException:
            os.unlink(hidden)
            raise
        self._saved = time.monotonic()

    def _read(self) -> None:
        try:
            arrays, _ = read_arrays(self._path)
            values, done = arrays["values"], int(arrays["done"])
            fingerprint = json.loads(str(arrays["fingerprint"]))
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise ValueError(
                "Expected the partial results of an evaluation, or no file. "
                f"Received: '{self._path}' ({error})"
            ) from error
        self._check(fingerprint)
        if values.shape != self.values.shape or not 0 <= done <= len(values):
            raise ValueError(
                f"Expected partial results of {len(self.values)} images. "
                f"Received: '{self._path}', of {values.shape}, {done} of them done"
            )
        self.values[:] = values
        self.done = done

    def _check(self, fingerprint: object) -> None:
        mine = self._fingerprint
        if not isinstance(fingerprint, dict):
            fingerprint = {}
        others = {
            key: f"{key} {str(fingerprint.get(key))[:12]} instead of {value[:12]}"
            for key, value in mine.items()
            if fingerprint.get(key) != value
        }
        if others:
            raise ValueError(
                "Expected the partial results of this evaluation: continue with the "
                "same model, images and arguments, or name another folder. "
                f"Received: '{self._path}', which has {', '.join(others.values())}"
            )
