"""Reading from a socket until a moment, not for a time a piece."""

import io
import socket
import time


class DeadlineReader(io.RawIOBase):
    """A socket's bytes; `TimeoutError` is raised when the deadline has passed.

    A time limit on each `recv` would let a client that sends a byte now and then hold a
    thread for ever.

    Args:
        connection: The socket.
    """

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._connection = connection
        # In `time.monotonic()` seconds.
        self.deadline = 0.0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:
        """Waits for bytes.

        Raises:
            TimeoutError: If none came until the deadline.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)
