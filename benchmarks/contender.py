"""The starter's side of the protocol: one worker process, asked in JSON lines."""

import contextlib
import json
import os
import pathlib
import queue
import subprocess
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

# Workers share a GPU, where there is one.
_ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    "PYTHONUNBUFFERED": "1",
}
_ROOT = pathlib.Path(__file__).parent.parent


class ContenderError(RuntimeError):
    """A contender could not do its work; the message says why, in one line."""


class Contender:
    """A worker process; use it in a `with` statement, which starts and ends it.

    Args:
        name: What it is called in the results.
        command: Program and arguments of the worker.
        log: File for what it prints.
        timeout: Seconds that one answer may take.
        environment: Environment variables beside those of this process.

    Attributes:
        about: What it said when it was ready: `segments`, `device` and `versions`;
            and `set_up_seconds`, what imports and building the model took.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: pathlib.Path,
        timeout: float = 300.0,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.name = name
        self.about: dict[str, Any] = {}
        self._command = list(command)
        self._log = log
        self._timeout = timeout
        self._environment = {**os.environ, **_ENVIRONMENT, **(environment or {})}
        self._replies: queue.Queue[str] = queue.Queue()
        self._process: subprocess.Popen[str] | None = None
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        start = time.perf_counter()
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=_ROOT,
                env=self._environment,
            )
        self._reader.start()
        try:
            self.about = self._next_reply()
            self.about["set_up_seconds"] = time.perf_counter() - start
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def run(self, segment: str) -> dict[str, Any]:
        """Runs one timed segment.

        Returns:
            Its `seconds`, its `count`, and what else it found out.

        Raises:
            ContenderError: If it failed, ended or took too long.
        """
        return self._ask({"run": segment})

    def report(self) -> dict[str, Any]:
        """What is known at the end: `peak_memory_bytes`."""
        return self._ask({"report": True})

    def stop(self) -> None:
        """Ends the process; harmless where it has ended already."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        # A worker's own helper processes may keep the pipe open a little longer.
        self._reader.join(timeout=5)
        if not self._reader.is_alive():
            process.stdout.close()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise ContenderError(f"its process ended: {self._last_words()}") from error
        return self._next_reply()

    def _next_reply(self) -> dict[str, Any]:
        try:
            line = self._replies.get(timeout=self._timeout)
        except queue.Empty:
            raise ContenderError(f"no answer in {self._timeout:g} s") from None
        if not line:
            self._replies.put("")  # for whoever asks again
            raise ContenderError(f"its process ended: {self._last_words()}")
        reply = json.loads(line)
        if "error" in reply:
            raise ContenderError(" ".join(reply["error"].split())[:300])
        return reply

    def _read(self) -> None:
        for line in self._process.stdout:
            self._replies.put(line)
        self._replies.put("")

    def _last_words(self) -> str:
        lines = [line for line in self._log.read_text().splitlines() if line.strip()]
        return lines[-1][:300] if lines else "it printed nothing"
