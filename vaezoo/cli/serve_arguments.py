"""The arguments of `vaezoo serve`."""

import argparse
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vaezoo.cli.command import non_negative_integer, positive_integer

if TYPE_CHECKING:
    from vaezoo.serving.server import ServerLimits

_MEBIBYTE = 2**20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments to the command's parser."""
    parser.add_argument(
        "models",
        nargs="*",
        metavar="NAME|FOLDER",
        help="a model's name or folder, or NAME=FOLDER; by default all of the zoo",
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    parser.add_argument(
        "--port",
        type=port_number,
        default=8501,
        help="of REST; 0 for any free one (default: %(default)s)",
    )
    parser.add_argument(
        "--grpc-port", type=port_number, metavar="PORT", help="serve gRPC too"
    )
    parser.add_argument(
        "--versions",
        type=version_choice,
        default="latest",
        metavar="latest|all|N",
        help="which versions are served (default: %(default)s)",
    )
    parser.add_argument(
        "--label",
        action="append",
        default=[],
        metavar="[NAME:]LABEL=N",
        help="a name for a version, such as stable=1; can be given several times",
    )
    parser.add_argument(
        "--poll-seconds",
        type=seconds,
        default=1.0,
        metavar="S",
        help="how often to look for new versions; 0 for never (default: %(default)g)",
    )
    parser.add_argument(
        "--access-log",
        default="-",
        metavar="FILE",
        help="JSON lines; - for the standard error (default), none for none",
    )
    _add_batching(parser)
    _add_limits(parser)


def _add_batching(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("batching across clients (off by default)")
    group.add_argument(
        "--batch-rows",
        type=positive_integer,
        metavar="ROWS",
        help="run requests together, up to so many rows",
    )
    group.add_argument(
        "--batch-delay-ms",
        type=seconds,
        default=2.0,
        metavar="MS",
        help="how long a request waits for others (default: %(default)g)",
    )


def _add_limits(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("limits")
    for option, kind, default, text in (
        ("--max-body-mib", positive_integer, 16, "size of a request, MiB (413)"),
        ("--max-rows", positive_integer, 1024, "rows of a request (400)"),
        ("--max-running", positive_integer, None, "predictions at a time; CPU cores"),
        ("--max-waiting", non_negative_integer, 256, "predictions in line (429)"),
        ("--max-connections", positive_integer, 512, "open connections (503)"),
        ("--timeout", seconds, 30.0, "seconds for a prediction (504)"),
        ("--drain-seconds", seconds, 30.0, "seconds to finish when stopped"),
    ):
        shown = "" if default is None else f" (default: {default:g})"
        name = "S" if kind is seconds else "N"
        group.add_argument(
            option, type=kind, default=default, metavar=name, help=text + shown
        )


def server_limits(arguments: argparse.Namespace) -> "ServerLimits":
    """The limits that the arguments ask for."""
    from vaezoo.serving.server.server_limits import ServerLimits

    limits = {
        "max_body_bytes": arguments.max_body_mib * _MEBIBYTE,
        "max_total_body_bytes": max(256, arguments.max_body_mib) * _MEBIBYTE,
        "max_rows": arguments.max_rows,
        "max_waiting": arguments.max_waiting,
        "max_connections": arguments.max_connections,
        "timeout": arguments.timeout,
    }
    if arguments.max_running is not None:
        limits["max_running"] = arguments.max_running
    return ServerLimits(**limits)


def parse_labels(
    texts: Sequence[str], models: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Reads labels.

    Args:
        texts: Each `LABEL=VERSION`, for every model, or `NAME:LABEL=VERSION`.
        models: The models' names.

    Returns:
        Version by label, by model.

    Raises:
        ValueError: If one is none of these.
    """
    labels: dict[str, dict[str, int]] = {}
    for text in texts:
        left, equals, version = text.rpartition("=")
        model, colon, label = left.rpartition(":")
        named = [model] if colon else list(models)
        if not (equals and label and version.isdecimal()) or "/" in label:
            raise ValueError(
                "Expected --label LABEL=VERSION or NAME:LABEL=VERSION, such as "
                f"stable=1. Received: {text!r}"
            )
        for name in named:
            if name not in models:
                raise ValueError(
                    f"Expected a label of {', '.join(models)}. Received: {text!r}"
                )
            labels.setdefault(name, {})[label] = int(version)
    return labels


def version_choice(text: str) -> str:
    """The type of an argument that says which versions."""
    if text not in ("latest", "all") and not re.fullmatch("[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(
            f"expected latest, all or a version's number, received {text!r}"
        )
    return text


def port_number(text: str) -> int:
    """The type of an argument that is a port."""
    value = non_negative_integer(text)
    if value > 65535:
        raise argparse.ArgumentTypeError(f"expected at most 65535, received {text!r}")
    return value


def seconds(text: str) -> float:
    """The type of an argument that is a time."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e6:
        raise argparse.ArgumentTypeError(f"expected a number >= 0, received {text!r}")
    return value
