"""`vaezoo encode`."""

import argparse
from collections.abc import Sequence
from typing import Any

from vaezoo.cli.command import command_parser, positive_integer
from vaezoo.cli.quiet_tensorflow import import_tensorflow

_EXAMPLES = """
vaezoo encode fc_vae_mnist --input tfds:mnist/test --output codes/mnist
vaezoo encode fc_vae_mnist --input "scans/*.png" --output codes/scans --format tfrecord
vaezoo encode gs://bucket/model/1 --input "gs://bucket/*.tfrecord" \\
    --output gs://bucket/codes -- --runner=DataflowRunner --region=europe-west1
"""


def add_parser(commands: Any) -> None:
    """Adds the command to the program."""
    parser = command_parser(
        commands, "encode", run, "encode a large data set with Apache Beam", _EXAMPLES
    )
    parser.usage = (
        "vaezoo encode [-h] MODEL --input PATTERN --output PREFIX [options] "
        "[-- Beam's options]"
    )
    parser.add_argument(
        "model", metavar="MODEL", help="a model's name, folder, or version folder's URL"
    )
    parser.add_argument(
        "--input",
        required=True,
        metavar="PATTERN",
        help="files: .npz, .tfrecord, or .png and .jpg; or tfds:NAME/SPLIT",
    )
    parser.add_argument(
        "--output",
        required=True,
        metavar="PREFIX",
        help="the files are named PREFIX-00000-of-00010.parquet; the same command goes "
        "on with what is missing",
    )
    parser.add_argument(
        "--format",
        choices=("parquet", "tfrecord"),
        default="parquet",
        help="of the files that are written (default: %(default)s)",
    )
    parser.add_argument(
        "--image",
        default="image",
        metavar="NAME",
        help="the images: an array's name, or a feature's (default: %(default)s)",
    )
    parser.add_argument(
        "--condition", metavar="NAME", help="the condition, for conditional models"
    )
    parser.add_argument(
        "--batch-size",
        type=positive_integer,
        default=256,
        metavar="N",
        help="images at a time (default: %(default)s)",
    )
    parser.add_argument(
        "--rows",
        type=positive_integer,
        default=10_000,
        metavar="N",
        help="image files, or rows of a data set, a shard (default: %(default)s)",
    )


def split_options(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separates what follows `--`: options of Beam, not of vaezoo.

    Args:
        argv: All arguments.

    Returns:
        The arguments before it, and those after it.
    """
    argv = list(argv)
    commands = [argument for argument in argv if not argument.startswith("-")]
    if commands[:1] != ["encode"] or "--" not in argv:
        return argv, []
    at = argv.index("--")
    return argv[:at], argv[at + 1 :]


def run(arguments: argparse.Namespace) -> None:
    """Encodes what has not been encoded yet."""
    from vaezoo.beam import encode

    import_tensorflow()
    done = encode(
        arguments.model,
        arguments.input,
        arguments.output,
        arguments.format,
        image=arguments.image,
        condition=arguments.condition,
        batch_size=arguments.batch_size,
        rows=arguments.rows,
        pipeline_options=arguments.beam_options,
    )
    there = f", {done.skipped} of them were there" if done.skipped else ""
    print(f"Wrote {len(done.files)} files {arguments.output}-*{there}")
