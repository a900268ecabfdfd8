"""SIGTERM as a wish that is fulfilled when it suits."""

import signal
import sys
import threading
from types import FrameType
from typing import Any


class Termination:
    """A context in which SIGTERM does not end the process but is noted.

    Signals reach the main thread alone; elsewhere, and where a program ignores SIGTERM,
    nothing changes.

    Attributes:
        asked: Whether the signal has come.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = signal.SIG_IGN

    def __enter__(self) -> "Termination":
        if threading.current_thread() is threading.main_thread():
            self._before = signal.getsignal(signal.SIGTERM)
            if self._notes:
                signal.signal(signal.SIGTERM, self._note)
        return self

    def __exit__(self, *error: object) -> None:
        if self._notes:
            signal.signal(signal.SIGTERM, self._before)

    def obey(self, message: str) -> None:
        """Calls the program's own handler, or ends the process if it has none.

        Args:
            message: What to say at the end.

        Raises:
            SystemExit: With code 143, as shells have it.
        """
        self.asked = False
        if callable(self._before):
            self._before(signal.SIGTERM, None)
            return
        print(message, file=sys.stderr, flush=True)
        raise SystemExit(128 + signal.SIGTERM)

    @property
    def _notes(self) -> bool:
        # None: a handler that Python does not know of.
        return self._before not in (signal.SIG_IGN, None)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
