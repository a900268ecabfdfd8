"""A line of JSON for each request."""

import contextlib
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any, TextIO


class AccessLog:
    """Writes a line for each request, to a file or to the standard error.

    Args:
        path: The file, which is appended to; None for the standard error.

    Raises:
        OSError: If the file cannot be written.

    Example:
        >>> with AccessLog(Path("access.jsonl")) as log:
        ...     log.write(method="GET", path="/health", status=200)
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file: TextIO | None = None
        if path is not None:
            self._file = open(path, "a", encoding="utf-8", buffering=1)  # noqa: SIM115
        self._lock = threading.Lock()

    def write(self, **fields: Any) -> None:
        """Writes a line; `time`, in UTC, comes first, and what is None is left out."""
        now = time.time()
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        line = {"time": f"{seconds}.{int(now % 1 * 1000):03d}Z"}
        line |= {name: value for name, value in fields.items() if value is not None}
        text = json.dumps(line) + "\n"
        # A full disk or a closed terminal must not fail a request.
        with self._lock, contextlib.suppress(OSError, ValueError):
            file = self._file or sys.stderr
            file.write(text)
            file.flush()

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> "AccessLog":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
