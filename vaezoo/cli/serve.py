"""`vaezoo serve`."""

import argparse
import concurrent.futures
import contextlib
import ipaddress
import logging
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaezoo.cli.command import command_parser
from vaezoo.cli.quiet_tensorflow import import_tensorflow
from vaezoo.cli.serve_arguments import add_arguments, parse_labels, server_limits
from vaezoo.cli.served_folders import ServedFolder, served_folders
from vaezoo.cli.spinner import spinner

if TYPE_CHECKING:
    from vaezoo.serving.server import AccessLog, ModelManager

_EXAMPLES = """
vaezoo serve conv_vae_mnist
vaezoo serve conv_vae_mnist fc_vae_mnist --port 9000
vaezoo serve mine=served/mine --versions all --label stable=1 --label canary=2
vaezoo serve served/mine --grpc-port 8500 --access-log access.jsonl
vaezoo serve conv_vae_mnist --batch-rows 64
"""

_LOGGER = "vaezoo.serving.server"
_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_TRY_IT = """\
Try it:
  curl -s {url}/v1/models/{name}:predict \\
    -d '{{"signature_name": "sample_png", "instances": [{example}]}}' \\
    | sed -n 's/.*"b64": *"\\([^"]*\\)".*/\\1/p' | base64 -d > sample.png"""


def add_parser(commands: Any) -> None:
    """Adds the command to the program."""
    parser = command_parser(
        commands,
        "serve",
        run,
        "serve models as TensorFlow Serving does, on this machine",
        _EXAMPLES,
    )
    add_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Serves models until it is told to stop."""
    served = served_folders(arguments.models)
    labels = parse_labels(arguments.label, [model.name for model in served])
    for port in (arguments.port, arguments.grpc_port):
        if port is not None:  # what is wrong is told before anything is loaded
            _check_free(arguments.host, port)
    import_tensorflow()
    from vaezoo.serving.server import AccessLog, RestServer

    with contextlib.ExitStack() as stack:
        log = None
        if arguments.access_log != "none":
            path = None if arguments.access_log == "-" else Path(arguments.access_log)
            log = stack.enter_context(AccessLog(path))
        stack.enter_context(_logged(log or AccessLog()))
        with spinner(f"Loading {', '.join(model.name for model in served)}"):
            manager = stack.enter_context(_manager(arguments, served, labels))
        _check_available(manager)
        server = RestServer(
            manager, host=arguments.host, port=arguments.port, access_log=log
        )
        stack.callback(server.stop, 0.0)  # of no effect if it was stopped before
        grpc_server = None
        if arguments.grpc_port is not None:
            from vaezoo.serving.server.grpc_server import start_grpc_server

            grpc_server = start_grpc_server(
                manager, arguments.host, arguments.grpc_port, log
            )
        stopped = _stop_signal(stack)
        server.start()
        print(_greeting(manager, server.url, grpc_server), flush=True)
        _warn_if_public(arguments.host)
        stopped.wait()
        logging.getLogger(_LOGGER).info("stopping; what runs is finished first")
        finished = _stop(server, grpc_server, arguments.drain_seconds)
    if not finished:
        raise RuntimeError(
            f"Requests were cut off after {arguments.drain_seconds:g} seconds"
        )


def _manager(
    arguments: argparse.Namespace,
    served: Sequence[ServedFolder],
    labels: Mapping[str, Mapping[str, int]],
) -> "ModelManager":
    from vaezoo.serving.server import BatchingOptions, ModelManager

    batching = None
    if arguments.batch_rows is not None:
        delay = arguments.batch_delay_ms / 1000
        batching = BatchingOptions(arguments.batch_rows, delay)
    versions = {
        model.name: arguments.versions if model.version is None else str(model.version)
        for model in served
    }
    return ModelManager(
        {model.name: model.folder for model in served},
        versions=versions,
        labels=labels,
        limits=server_limits(arguments),
        batching=batching,
        poll_seconds=arguments.poll_seconds or None,
    )


def _stop(server: Any, grpc_server: Any, seconds: float) -> bool:
    """Stops both at the same time; returns whether REST was finished in time."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        if grpc_server is not None:
            pool.submit(grpc_server.stop, seconds)
        return server.stop(seconds)


def _check_available(manager: "ModelManager") -> None:
    """A server without a model is of no use; one of several may be missing."""
    if any(manager.available(name) for name in manager.names()):
        return
    name = manager.names()[0]
    reasons = [status.error_message for status in manager.status(name)]
    raise RuntimeError(f"No model could be loaded. {name}: {'; '.join(reasons)}")


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            raise OSError(
                "Expected an address of this machine and a free port; choose another "
                f"with --port. Received: {host}:{port} ({error.strerror or error})"
            ) from error


def _stop_signal(stack: contextlib.ExitStack) -> threading.Event:
    """Set by SIGTERM or Ctrl-C; a second one ends the process at once."""
    stopped = threading.Event()
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def stop(*_: object) -> None:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        stopped.set()

    for number in _SIGNALS:
        signal.signal(number, stop)
        stack.callback(signal.signal, number, before[number])
    return stopped


def _greeting(manager: "ModelManager", url: str, grpc_server: Any) -> str:
    names = manager.names()
    width = max(map(len, names))
    lines = [f"Serving on {url} (open it in a browser; Ctrl-C stops)"]
    for name in names:
        versions = ", ".join(map(str, manager.available(name)))
        state = f"version {versions}" if versions else "not available, see the log"
        lines.append(f"  {name:<{width}}  {state}")
    if grpc_server is not None:
        lines.append(f"gRPC on port {grpc_server.port}")
    for name in names:
        example = _example(manager, name)
        if example is not None:
            lines.append(_TRY_IT.format(url=url, name=name, example=example))
            break
    return "\n".join(lines)


def _example(manager: "ModelManager", name: str) -> str | None:
    """A row of `sample_png`; None if the model draws no pictures."""
    if not manager.available(name):
        return None
    if "sample_png" not in manager.metadata(name)[1]:
        return None
    inputs = {tensor.name: tensor for tensor in manager.inputs(name, "sample_png")}
    if set(inputs) == {"seed"}:
        return "7"
    if set(inputs) == {"seed", "label"} and inputs["label"].shape == (None,):
        return '{"seed": 7, "label": 3}'
    return None


def _warn_if_public(host: str) -> None:
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        print(
            f"warning: {host or 'every address'} can be reached from other machines, "
            "and there is neither a password nor encryption",
            file=sys.stderr,
            flush=True,
        )


class _EventHandler(logging.Handler):
    """Writes what happens to models among the lines of the access log."""

    def __init__(self, log: "AccessLog") -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.write(level=record.levelname.lower(), event=record.getMessage())


@contextlib.contextmanager
def _logged(log: "AccessLog") -> Iterator[None]:
    logger = logging.getLogger(_LOGGER)
    handler = _EventHandler(log)
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
