"""One connection of the REST interface."""

import contextlib
import io
import socket
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from vaezoo.serving.server.deadline_reader import DeadlineReader
from vaezoo.serving.server.request_body import BodyError, declared_length, read_body
from vaezoo.serving.server.rest_answer import RestAnswer
from vaezoo.serving.serving_error import ServingError

if TYPE_CHECKING:
    from vaezoo.serving.server.connections import RestConnections

_LINGER_SECONDS = 2.0
_PIECE = 2**16


class RestHandler(BaseHTTPRequestHandler):
    """Reads requests from a connection and answers them, one after the other.

    Headers and body have to arrive in time; whoever sends too much, or nothing that is
    HTTP, is told so and the connection is closed.
    """

    protocol_version = "HTTP/1.1"
    server: "RestConnections"
    timeout = None

    def setup(self) -> None:
        """Replaces what the base class reads from."""
        self.connection: socket.socket = self.request
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        self._reader = DeadlineReader(self.connection)
        self.rfile = io.BufferedReader(self._reader, _PIECE)
        self.requestline = ""
        self.command = ""
        self.path = ""
        self._held = 0
        self._continues = False

    def finish(self) -> None:
        """Lets go of the connection."""
        self.server.connection_ended(self)
        self.rfile.close()

    def handle(self) -> None:
        """Answers requests until the connection is closed."""
        self.close_connection = False
        while not self.close_connection:
            self.handle_one_request()

    def wake(self) -> None:
        """Ends the wait for a next request, from another thread."""
        try:
            self.connection.shutdown(socket.SHUT_RD)
        except OSError:
            self.close_connection = True

    def handle_one_request(self) -> None:
        """Waits for a request and answers it."""
        limits = self.server.limits
        self.close_connection = True
        self.requestline = self.command = self.path = ""
        if not self._await_request(limits.idle_timeout):
            return
        self._started = time.monotonic()
        try:
            self._reader.deadline = self._started + limits.header_timeout
            self._read_and_answer()
        except TimeoutError:
            self._try_refuse(408, "The request did not arrive in time")
        except BodyError as error:
            self._try_refuse(error.status, str(error))
        except (OSError, ValueError):  # the client is gone
            self._log(499, 0, {})
        finally:
            self.server.body_budget.give_back(self._held)
            self._held = 0
            self.server.request_ended(self)

    def send_error(
        self, code: int, message: str | None = None, explain: str | None = None
    ) -> None:
        """Refuses what is not HTTP; called by the base class."""
        self._refuse(code, message or HTTPStatus(code).phrase)

    def handle_expect_100(self) -> bool:
        """Notes that the client waits for a word before it sends the body."""
        self._continues = True
        return True

    def log_message(self, *_: Any) -> None:
        """Nothing: the access log has a line for each answer."""

    def _await_request(self, seconds: float) -> bool:
        """Waits for the first byte; false if there will be none."""
        self._reader.deadline = time.monotonic() + seconds
        try:
            if self.server.is_idle(self) and self.rfile.peek(1):
                self.server.request_began(self)
                return True
        except (OSError, ValueError):
            pass
        return False

    def _read_and_answer(self) -> None:
        self.raw_requestline = self.rfile.readline(_PIECE + 1)
        if len(self.raw_requestline) > _PIECE:
            self.request_version = ""
            self._refuse(414, "Expected a shorter address")
            return
        self._continues = False
        if not self.parse_request():
            return
        keep = not self.close_connection
        self.close_connection = True  # unless all goes well
        if self.headers.defects:
            raise BodyError(400, "Expected headers of the form 'name: value'")
        body = self._read_body()
        answer = self.server.answer(self, body)
        self.close_connection = not keep
        self._send(answer)

    def _read_body(self) -> bytes:
        limits = self.server.limits
        length = declared_length(self.headers, limits.max_body_bytes)
        if length == 0:
            return b""
        coding = self.headers.get("Content-Encoding", "identity").strip().lower()
        if coding not in ("", "identity"):
            raise BodyError(415, f"Expected no Content-Encoding. Received: {coding!r}")
        if self._continues:
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._reader.deadline = time.monotonic() + limits.body_timeout
        return read_body(self.rfile, length, limits.max_body_bytes, self._hold)

    def _hold(self, count: int) -> None:
        self.server.body_budget.take(count)
        self._held += count

    def _refuse(self, status: int, message: str) -> None:
        """Answers what cannot be read, and closes the connection."""
        error = ServingError.from_http(status, message)
        self.close_connection = True
        self._send(RestAnswer.of_error(error, status))
        self._linger()

    def _try_refuse(self, status: int, message: str) -> None:
        try:
            self._refuse(status, message)
        except (OSError, ValueError):
            self.close_connection = True

    def _send(self, answer: RestAnswer) -> None:
        if self.server.draining:
            self.close_connection = True
        body = b"" if answer.status == 304 else answer.body
        head = self._head(answer, len(body))
        if self.command == "HEAD":
            body = b""
        status = answer.status
        self.connection.settimeout(self.server.limits.write_timeout)
        try:
            if len(body) < _PIECE:
                self.connection.sendall(head + body)
            else:
                self.connection.sendall(head)
                self.connection.sendall(body)
        except OSError:
            status = 499
            self.close_connection = True
        self._log(status, len(body), dict(answer.fields))

    def _head(self, answer: RestAnswer, length: int) -> bytes:
        lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}"]
        lines += [f"Server: vaezoo\r\nDate: {self.date_time_string()}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        lines += ["X-Content-Type-Options: nosniff"]
        if answer.status != 304:
            lines += [f"Content-Length: {length}"]
        if self.close_connection:
            lines += ["Connection: close"]
        elif self.request_version == "HTTP/1.0":
            lines += ["Connection: keep-alive"]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _linger(self) -> None:
        """Reads on for a moment: closed at once, the answer might never be seen."""
        self._reader.deadline = time.monotonic() + _LINGER_SECONDS
        with contextlib.suppress(OSError, ValueError):
            self.connection.shutdown(socket.SHUT_WR)
            while self.rfile.read1(_PIECE):
                pass

    def _log(self, status: int, size: int, fields: dict[str, Any]) -> None:
        line = {
            "client": self.client_address[0],
            "method": self.command or None,
            "path": self.path[:500] or None,
            "status": status,
            "ms": round((time.monotonic() - self._started) * 1000, 2),
            "bytes": size,
        }
        self.server.record(line | fields)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Client Closed Request" if status == 499 else "Error"
