"""The connections of the REST interface: how many there are, and what they do."""

import contextlib
import logging
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Mapping
from http.server import ThreadingHTTPServer
from typing import Any

from vaezoo.serving.server.access_log import AccessLog
from vaezoo.serving.server.metrics import ServerMetrics
from vaezoo.serving.server.request_body import BodyBudget
from vaezoo.serving.server.rest_answer import RestAnswer
from vaezoo.serving.server.rest_api import RestApi
from vaezoo.serving.server.rest_handler import RestHandler
from vaezoo.serving.server.server_limits import ServerLimits

_log = logging.getLogger(__name__)
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
    b"Retry-After: 1\r\nContent-Length: 52\r\nConnection: close\r\n\r\n"
    b'{"error": "The server has too many connections."}   '
)
# A client that has just connected is about to send its request.
_FRESH_SECONDS = 1.0


class RestConnections(ThreadingHTTPServer):
    """A thread for each connection, up to a number of them.

    Args:
        address: Host and port; port 0 is any free one.
        api: What answers the requests.
        limits: What clients are allowed.
        metrics: Where answers are counted.
        access_log: Where they are written; None for nowhere.

    Raises:
        OSError: If the port is in use, or the host is none of this machine.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(
        self,
        address: tuple[str, int],
        api: RestApi,
        limits: ServerLimits,
        metrics: ServerMetrics,
        access_log: AccessLog | None,
    ) -> None:
        self.limits = limits
        self.body_budget = BodyBudget(limits.max_total_body_bytes)
        self.draining = False
        self._api = api
        self._metrics = metrics
        self._access_log = access_log
        # The requests that each connection has had; and those that have one now.
        self._open: dict[RestHandler, int] = {}
        self._busy: set[RestHandler] = set()
        self._count = 0
        self._changed = threading.Condition()
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, RestHandler)

    def server_bind(self) -> None:
        """Binds, without the look-up of the host's name that takes long offline."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Starts a thread for a connection, or turns it away."""
        with self._changed:
            full = self._count >= self.limits.max_connections
            self._count += not full
        if full:
            request.settimeout(0)
            with contextlib.suppress(OSError):
                request.send(_FULL)
                request.shutdown(socket.SHUT_WR)
            self._metrics.record_answer(503)
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._thread_ended()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serves a connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._thread_ended()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Logs a bug; the other connections go on."""
        _log.exception("A connection failed")

    def answer(self, handler: RestHandler, body: bytes) -> RestAnswer:
        """Answers a request that was read."""
        tag = handler.headers.get("If-None-Match")
        return self._api.handle(handler.command, handler.path, body, tag)

    def is_idle(self, handler: RestHandler) -> bool:
        """Notes that a connection waits; false if it has waited for long enough."""
        with self._changed:
            served = self._open.setdefault(handler, 0)
            return not self.draining or served == 0

    def request_began(self, handler: RestHandler) -> None:
        """Notes that a connection has a request."""
        with self._changed:
            self._open[handler] = self._open.get(handler, 0) + 1
            self._busy.add(handler)

    def request_ended(self, handler: RestHandler) -> None:
        """Notes that a connection's request is done."""
        with self._changed:
            self._busy.discard(handler)

    def connection_ended(self, handler: RestHandler) -> None:
        """Forgets a connection."""
        with self._changed:
            self._open.pop(handler, None)
            self._busy.discard(handler)

    def record(self, fields: Mapping[str, Any]) -> None:
        """Counts and logs an answer."""
        self._metrics.record_answer(fields["status"])
        if self._access_log is not None:
            self._access_log.write(**fields)

    @property
    def count(self) -> int:
        """How many connections there are."""
        return self._count

    def drain(self, timeout: float) -> bool:
        """Takes no more connections, and waits for what runs.

        Whoever is connected already is answered; idle connections are closed.

        Args:
            timeout: Seconds; what still runs then is cut off.

        Returns:
            Whether all was finished in time.
        """
        end = time.monotonic() + timeout
        self._accept_pending()
        self.server_close()
        self.draining = True
        self._wake(lambda served: served > 0)
        if not self._wait_for_none(min(_FRESH_SECONDS, timeout)):
            self._wake(lambda served: True)
        finished = self._wait_for_none(max(0.0, end - time.monotonic()))
        if not finished:
            self._cut()
            self._wait_for_none(1.0)
        return finished

    def _accept_pending(self) -> None:
        self.socket.setblocking(False)
        with contextlib.suppress(OSError):
            while True:
                request, client_address = self.socket.accept()
                request.setblocking(True)
                self.process_request(request, client_address)

    def _wake(self, chosen: Callable[[int], bool]) -> None:
        with self._changed:
            idle = [
                handler
                for handler, served in self._open.items()
                if handler not in self._busy and chosen(served)
            ]
        for handler in idle:
            handler.wake()

    def _cut(self) -> None:
        with self._changed:
            handlers = list(self._open)
        for handler in handlers:
            with contextlib.suppress(OSError):
                handler.connection.shutdown(socket.SHUT_RDWR)

    def _wait_for_none(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: not self._count, seconds)

    def _thread_ended(self) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()
