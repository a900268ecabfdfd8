"""Something done again and again, in a thread of its own."""

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Polling:
    """Calls a function until it is stopped; a failure is logged and it goes on.

    Args:
        function: What is called.
        seconds: The time between two calls.
    """

    def __init__(self, function: Callable[[], None], seconds: float) -> None:
        self._function = function
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="polling", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Waits for a call under way, and makes no other."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                self._function()
            except Exception:
                _log.exception("Looking for new versions failed")
