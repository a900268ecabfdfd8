"""The server's gRPC port."""

import concurrent.futures

from vaezoo.serving.grpc_stubs import (
    grpc,
    model_service_pb2_grpc,
    prediction_service_pb2_grpc,
)
from vaezoo.serving.server.access_log import AccessLog
from vaezoo.serving.server.grpc_services import ModelService, PredictionService
from vaezoo.serving.server.model_manager import ModelManager

# Calls at a time, each with a message in memory; beyond it RESOURCE_EXHAUSTED.
_MAX_CALLS = 64


class GrpcServer:
    """`PredictionService` and `ModelService` of TensorFlow Serving on a port.

    Messages are bounded by `limits.max_body_bytes` of the models, calls by their
    deadline and `limits.timeout`. It answers from its construction on; use it as a
    context manager, or `stop` it.

    Args:
        manager: The models.
        host: Name or address of the interface, such as "127.0.0.1".
        port: The port; 0 for any that is free.
        access_log: Gets a line for each call; None for nowhere.

    Raises:
        OSError: If the port cannot be had.
    """

    def __init__(
        self,
        manager: ModelManager,
        host: str,
        port: int,
        access_log: AccessLog | None = None,
    ) -> None:
        options = [
            ("grpc.max_receive_message_length", manager.limits.max_body_bytes),
            ("grpc.max_send_message_length", -1),
            # Two servers on a port would share the requests without a word.
            ("grpc.so_reuseport", 0),
        ]
        self._threads = concurrent.futures.ThreadPoolExecutor(
            _MAX_CALLS, thread_name_prefix="grpc"
        )
        self._server = grpc.server(
            self._threads, options=options, maximum_concurrent_rpcs=_MAX_CALLS
        )
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            PredictionService(manager, access_log), self._server
        )
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(
            ModelService(manager, access_log), self._server
        )
        self.host = host
        self.port = self._bind(port)
        self._server.start()

    @property
    def url(self) -> str:
        """The address as `vaezoo.serving.Client` takes it."""
        return f"grpc://{_bracketed(self.host)}:{self.port}"

    def stop(self, grace: float = 0.0) -> None:
        """Stops taking calls at once, and waits for those that run.

        Args:
            grace: Seconds until running calls are cancelled.
        """
        self._server.stop(grace).wait()
        self._threads.shutdown(cancel_futures=True)

    def __enter__(self) -> "GrpcServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _bind(self, port: int) -> int:
        address = f"{_bracketed(self.host)}:{port}"
        try:
            bound = self._server.add_insecure_port(address)
        except RuntimeError:
            bound = 0
        if not bound:
            self.stop()
            raise OSError(
                "Expected an address of this machine with a free port for gRPC. "
                f"Received: {address}"
            )
        return bound


def start_grpc_server(
    manager: ModelManager,
    host: str,
    port: int,
    access_log: AccessLog | None = None,
) -> GrpcServer:
    """Starts answering on a port.

    Args:
        manager: The models.
        host: Name or address of the interface.
        port: The port; 0 for any that is free.
        access_log: Gets a line for each call; None for nowhere.

    Returns:
        The server; `stop` it before the models are closed.

    Raises:
        OSError: If the port cannot be had.
    """
    return GrpcServer(manager, host, port, access_log)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
