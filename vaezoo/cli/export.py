"""`vaezoo export`."""

import argparse
from typing import Any

from vaezoo.cli.command import command_parser, positive_integer
from vaezoo.cli.quiet_tensorflow import import_tensorflow
from vaezoo.cli.spinner import spinner

_EXAMPLES = """
vaezoo export conv_vae_mnist served/conv_vae_mnist
vaezoo export path/to/model_folder served/mine --log-prob-samples 500
vaezoo export conv_vae_mnist lite/conv_vae_mnist --format tflite
"""


def add_parser(commands: Any) -> None:
    """Adds the command to the program."""
    parser = command_parser(
        commands, "export", run, "write a model for TensorFlow Serving", _EXAMPLES
    )
    parser.add_argument("name", metavar="NAME", help="a model's name or folder")
    parser.add_argument(
        "folder", metavar="FOLDER", help="the next version folder is made in it"
    )
    parser.add_argument(
        "--format",
        choices=("saved_model", "tflite"),
        default="saved_model",
        help="for TensorFlow Serving, or for TensorFlow Lite (default: %(default)s)",
    )
    parser.add_argument(
        "--version",
        type=positive_integer,
        metavar="N",
        help="number of the version (default: the highest in FOLDER plus one)",
    )
    parser.add_argument(
        "--log-prob-samples",
        type=positive_integer,
        metavar="K",
        help="importance samples of the signature log_prob (default: 50)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Writes a version of a model's folder."""
    from vaezoo.zoo import check_version, check_writable, info

    lite = arguments.format == "tflite"
    if lite and arguments.log_prob_samples is not None:
        raise ValueError(
            "Expected no --log-prob-samples: a TensorFlow Lite file has no signature "
            f"log_prob. Received: --log-prob-samples {arguments.log_prob_samples}"
        )
    info(arguments.name)  # A wrong name is found before TensorFlow is imported.
    check_writable(arguments.folder)
    check_version(arguments.folder, arguments.version)
    import_tensorflow()
    from vaezoo.serving import export, export_tflite

    samples = arguments.log_prob_samples
    options = {} if samples is None else {"log_prob_samples": samples}
    with spinner(f"Exporting {arguments.name}"):
        write = export_tflite if lite else export
        written = write(
            arguments.name, arguments.folder, version=arguments.version, **options
        )
    print(f"Wrote {written}")
