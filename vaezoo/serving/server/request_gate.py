"""A bound on what runs at the same time, and on what waits for it."""

import collections
import contextlib
import threading
import time
from collections.abc import Iterator

from vaezoo.serving.serving_error import ServingError


class RequestGate:
    """Lets a number of requests in and others wait, in the order in which they came.

    Args:
        max_running: Requests that are in at the same time.
        max_waiting: Requests that wait; others are turned away.
    """

    def __init__(self, max_running: int, max_waiting: int) -> None:
        self.max_running = max_running
        self.max_waiting = max_waiting
        self._running = 0
        self._line: collections.deque[object] = collections.deque()
        self._changed = threading.Condition()

    @property
    def running(self) -> int:
        """Requests that are in."""
        return self._running

    @property
    def waiting(self) -> int:
        """Requests that wait."""
        return len(self._line)

    @contextlib.contextmanager
    def admitted(self, deadline: float) -> Iterator[None]:
        """Waits for a place, and keeps it while the body runs.

        Args:
            deadline: When to give up, in `time.monotonic()` seconds.

        Raises:
            ServingError: RESOURCE_EXHAUSTED if too many wait already;
                DEADLINE_EXCEEDED if there was no place in time.
        """
        self._enter(deadline)
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _enter(self, deadline: float) -> None:
        with self._changed:
            if self._running >= self.max_running or self._line:
                if len(self._line) >= self.max_waiting:
                    raise ServingError(
                        "RESOURCE_EXHAUSTED",
                        f"The server is busy: {self._running} requests are running and "
                        f"{len(self._line)} are waiting. Try again later",
                    )
                self._wait(deadline)
            self._running += 1

    def _wait(self, deadline: float) -> None:
        ticket = object()
        self._line.append(ticket)
        try:
            free = self._changed.wait_for(
                lambda: self._running < self.max_running and self._line[0] is ticket,
                timeout=max(0.0, deadline - time.monotonic()),
            )
        finally:
            self._line.remove(ticket)
            self._changed.notify_all()  # there may be a place for the next in line
        if not free:
            raise ServingError(
                "DEADLINE_EXCEEDED", "The server was busy until the request's deadline"
            )
