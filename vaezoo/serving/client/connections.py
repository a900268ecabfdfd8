"""HTTP connections that are kept and lent from thread to thread."""

import http.client
import threading
import time
import urllib.parse
from typing import NamedTuple

from vaezoo.serving.client.request_error import RequestError

_CHUNK = 2**20
# What a kept connection does when the server has closed it in the meantime.
_STALE = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)


class Answer(NamedTuple):
    """An HTTP answer.

    Attributes:
        status: Its status.
        headers: Its headers.
        body: Its body.
    """

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Connections:
    """Connections to one server: as many as there are requests at a time.

    Args:
        url: The parsed address, "http" or "https".
    """

    def __init__(self, url: urllib.parse.SplitResult) -> None:
        secure = url.scheme == "https"
        self._kind = (
            http.client.HTTPSConnection if secure else http.client.HTTPConnection
        )
        self._address = (url.hostname, url.port)
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()
        self._closed = False

    def request(
        self, method: str, path: str, body: bytes | None, timeout: float
    ) -> Answer:
        """Sends a request and reads the answer.

        A request that meets a connection which the server has given up is sent anew;
        predict requests change nothing.

        Args:
            method: "GET" or "POST".
            path: Path of the address.
            body: JSON, if any.
            timeout: Seconds for all of it.

        Returns:
            The answer, whatever its status.

        Raises:
            OSError: If there is no connection, or no answer in time.
            http.client.HTTPException: If the answer is not HTTP.
            RequestError: If the client is closed.
        """
        deadline = time.monotonic() + timeout
        while True:
            connection = self._borrow()
            kept = connection.sock is not None
            try:
                answer, reusable = _exchange(connection, method, path, body, deadline)
            except _STALE:
                connection.close()
                if not kept:
                    raise
                continue
            except BaseException:
                connection.close()
                raise
            self._give_back(connection, reusable)
            return answer

    def close(self) -> None:
        """Closes the idle connections, and each other one when its request is done."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _borrow(self) -> http.client.HTTPConnection:
        with self._lock:
            if self._closed:
                raise RequestError("CANCELLED", "Expected an open client; it is closed")
            if self._idle:
                return self._idle.pop()
        return self._kind(*self._address)

    def _give_back(
        self, connection: http.client.HTTPConnection, reusable: bool
    ) -> None:
        with self._lock:
            if reusable and not self._closed:
                self._idle.append(connection)
                return
        connection.close()


def _exchange(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None,
    deadline: float,
) -> tuple[Answer, bool]:
    """The answer, and whether the connection can take the next request."""
    _limit(connection, deadline)
    headers = {"Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    sent = True
    try:
        connection.request(method, path, body, headers)
    except (BrokenPipeError, ConnectionResetError):
        # A server that refuses a large body says so and does not read it.
        sent = False
    _limit(connection, deadline)
    with connection.getresponse() as response:
        parts = []
        while part := response.read1(_CHUNK):
            parts.append(part)
            _limit(connection, deadline)
        if response.length:  # `read1` does not tell an answer that was cut off
            raise http.client.IncompleteRead(b"".join(parts), response.length)
        answer = Answer(response.status, response.headers, b"".join(parts))
        return answer, sent and not response.will_close


def _limit(connection: http.client.HTTPConnection, deadline: float) -> None:
    """A server that sends a byte now and then must not keep one waiting for ever."""
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError("timed out")
    connection.timeout = remaining
    if connection.sock is not None:
        connection.sock.settimeout(remaining)
