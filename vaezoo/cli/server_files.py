"""`vaezoo server-files`."""

import argparse
import shlex
from typing import Any

from vaezoo.cli.command import command_parser
from vaezoo.cli.serve_arguments import parse_labels
from vaezoo.cli.served_folders import served_folders

_EXAMPLES = """
vaezoo server-files conv_vae_mnist fc_vae_mnist -o operation
vaezoo server-files served/mine -o operation --label stable=1 --label canary=2
vaezoo server-files mine=served/mine -o operation --host 0.0.0.0 --overwrite
"""


def add_parser(commands: Any) -> None:
    """Adds the command to the program."""
    parser = command_parser(
        commands,
        "server-files",
        run,
        "write configuration and compose file of TensorFlow Serving",
        _EXAMPLES,
    )
    parser.add_argument(
        "models",
        nargs="+",
        metavar="NAME|FOLDER",
        help="a model's name or folder, or NAME=FOLDER",
    )
    parser.add_argument(
        "-o", "--out", required=True, metavar="FOLDER", help="where they are written"
    )
    parser.add_argument(
        "--label",
        action="append",
        default=[],
        metavar="[NAME:]LABEL=N",
        help="a name for a version, such as stable=1; can be given several times",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="the address whose ports lead to the server (default: %(default)s)",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace files that are there"
    )


def run(arguments: argparse.Namespace) -> None:
    """Writes the files, and shows how to start the server."""
    from vaezoo.serving.operation_files import COMPOSE_FILE, write_operation_files

    served = served_folders(arguments.models)
    labels = parse_labels(arguments.label, [model.name for model in served])
    for model in served:
        if model.version is not None:
            raise ValueError(
                "Expected a model's folder; --label LABEL=N serves one version. "
                f"Received: version {model.version} of {model.name!r}"
            )
    written = write_operation_files(
        {model.name: model.folder for model in served},
        arguments.out,
        labels,
        host=arguments.host,
        overwrite=arguments.overwrite,
    )
    print(f"Wrote {written.folder}")
    compose = shlex.quote(str(written.folder / COMPOSE_FILE))
    print(f"\nStart the server with one of:\n\ndocker compose -f {compose} up -d\n")
    print(written.docker_command)
