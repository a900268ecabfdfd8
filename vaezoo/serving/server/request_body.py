"""Reading the body of a request, up to a size."""

import re
import threading
from collections.abc import Callable, Iterator
from email.message import Message
from io import BufferedReader

_PIECE = 2**16


class BodyError(Exception):
    """A body that is not read.

    Args:
        status: The HTTP status of the answer.
        message: Why.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class BodyBudget:
    """How many bytes of bodies are in memory, over all connections.

    Args:
        limit: How many there may be.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        """How many there are."""
        return self._used

    def take(self, count: int) -> None:
        """Counts bytes that were read.

        Raises:
            BodyError: 429, if there are too many.
        """
        with self._lock:
            if self._used + count > self._limit:
                raise BodyError(429, "The server is busy: too many large requests")
            self._used += count

    def give_back(self, count: int) -> None:
        """Counts bytes that are no longer needed."""
        with self._lock:
            self._used -= count


def declared_length(headers: Message, max_bytes: int) -> int | None:
    """The size of the body that the headers tell; None if it comes in chunks.

    Args:
        headers: The request's headers.
        max_bytes: The largest size.

    Returns:
        The number of bytes.

    Raises:
        BodyError: If headers contradict each other, or it is too large.
    """
    lengths = set(headers.get_all("Content-Length", []))
    coding = headers.get_all("Transfer-Encoding", [])
    if coding:
        if lengths or [part.strip().lower() for part in coding] != ["chunked"]:
            raise BodyError(400, "Expected Content-Length, or chunks, not both")
        return None
    if len(lengths) > 1 or not all(re.fullmatch("[0-9]{1,18}", n) for n in lengths):
        received = ", ".join(sorted(lengths))[:100]
        raise BodyError(400, f"Expected one Content-Length. Received: {received!r}")
    length = int(lengths.pop()) if lengths else 0
    if length > max_bytes:
        raise BodyError(413, _too_large(max_bytes, str(length)))
    return length


def read_body(
    stream: BufferedReader,
    length: int | None,
    max_bytes: int,
    take: Callable[[int], None],
) -> bytes:
    """Reads a body.

    Args:
        stream: The connection.
        length: What `declared_length` returned.
        max_bytes: The largest size.
        take: Called with the size of each piece before it is kept.

    Returns:
        The body.

    Raises:
        BodyError: If it is too large or malformed.
        ConnectionError: If it ends too early.
    """
    pieces = []
    received = 0
    parts = _exactly(stream, length) if length is not None else _chunks(stream)
    for piece in parts:
        received += len(piece)
        if received > max_bytes:
            raise BodyError(413, _too_large(max_bytes, "more"))
        take(len(piece))
        pieces.append(piece)
    return b"".join(pieces)


def _exactly(stream: BufferedReader, length: int) -> Iterator[bytes]:
    while length:
        piece = stream.read1(min(length, _PIECE))
        if not piece:
            raise ConnectionError("the connection was closed within a body")
        length -= len(piece)
        yield piece


def _chunks(stream: BufferedReader) -> Iterator[bytes]:
    while size := _chunk_size(stream):
        yield from _exactly(stream, size)
        if stream.readline(3) != b"\r\n":
            raise BodyError(400, "Expected a line's end behind a chunk")
    for _ in range(100):  # trailing headers, which nobody needs
        line = stream.readline(8193)
        if line in (b"\r\n", b"\n"):
            return
        if not line:
            raise ConnectionError("the connection was closed within a body")
        if len(line) > 8192:
            break
    raise BodyError(400, "Expected few trailing headers")


def _chunk_size(stream: BufferedReader) -> int:
    line = stream.readline(1025)
    if not line:
        raise ConnectionError("the connection was closed within a body")
    digits = line.partition(b";")[0].strip()
    if len(line) > 1024 or not re.fullmatch(b"[0-9A-Fa-f]{1,15}", digits):
        raise BodyError(400, "Expected the size of a chunk")
    return int(digits, 16)


def _too_large(max_bytes: int, received: str) -> str:
    return f"Expected a body of at most {max_bytes} bytes. Received: {received}"
