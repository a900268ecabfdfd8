"""The REST interface on a port."""

import threading
from pathlib import Path

from vaezoo.serving.server.access_log import AccessLog
from vaezoo.serving.server.connections import RestConnections
from vaezoo.serving.server.model_manager import ModelManager
from vaezoo.serving.server.page_files import PAGE_FOLDER
from vaezoo.serving.server.rest_api import RestApi


class RestServer:
    """Serves a manager's models over HTTP, in threads of its own.

    As a context manager it starts, and on leaving finishes what runs. The manager stays
    open; close it afterwards.

    Args:
        manager: The models.
        host: Where it listens; the default is reached from this machine only.
        port: 0 for any free one.
        access_log: Gets a line for each request; None for nowhere.
        page_folder: The files of the page at /.

    Raises:
        OSError: If the port is in use, or the host is none of this machine.

    Example:
        >>> import urllib.request
        >>> with (
        ...     ModelManager({"digits": "saved_models/fc_vae_mnist"}) as manager,
        ...     RestServer(manager, port=0) as server,
        ...     urllib.request.urlopen(f"{server.url}/v1/models/digits") as answer,
        ... ):
        ...     answer.status
        200
    """

    def __init__(
        self,
        manager: ModelManager,
        *,
        host: str = "127.0.0.1",
        port: int = 8501,
        access_log: AccessLog | None = None,
        page_folder: Path = PAGE_FOLDER,
    ) -> None:
        self._connections = RestConnections(
            (host, port),
            RestApi(manager, page_folder),
            manager.limits,
            manager.metrics,
            access_log,
        )
        self._thread = threading.Thread(
            target=self._connections.serve_forever,
            args=(0.1,),
            name="rest",
            daemon=True,
        )
        self._finished: bool | None = None
        metrics, gate = manager.metrics, manager.gate
        for name, description, read in (
            ("vaezoo_connections", "Open connections.", lambda: self.connections),
            ("vaezoo_running", "Predictions that run.", lambda: gate.running),
            ("vaezoo_waiting", "Predictions that wait.", lambda: gate.waiting),
        ):
            metrics.add_gauge(name, description, lambda read=read: {(): read()})
        metrics.add_gauge(
            "vaezoo_available",
            "Versions that take requests.",
            lambda: {
                (("model_name", name), ("version", str(version))): 1
                for name in manager.names()
                for version in manager.available(name)
            },
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._connections.server_port

    @property
    def url(self) -> str:
        """Its address, such as "http://127.0.0.1:8501"."""
        host = self._connections.server_name
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        return (
            f"http://[{host}]:{self.port}"
            if ":" in host
            else (f"http://{host}:{self.port}")
        )

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return self._connections.count

    def start(self) -> None:
        """Begins to take requests."""
        self._thread.start()

    def stop(self, timeout: float = 30.0) -> bool:
        """Takes no more connections and finishes what runs.

        Args:
            timeout: Seconds; what still runs then is cut off.

        Returns:
            Whether all was finished in time.
        """
        if self._finished is None:
            if self._thread.is_alive():
                self._connections.shutdown()
                self._thread.join()
            self._finished = self._connections.drain(timeout)
        return self._finished

    def __enter__(self) -> "RestServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
