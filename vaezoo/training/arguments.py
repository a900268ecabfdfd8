"""The command line of a recipe."""

import argparse
import pathlib
from typing import NoReturn

from vaezoo.zoo import check_writable


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message} (`--help` shows the usage)\n")


def recipe_parser(
    name: str, description: str, epochs: int, out: str = "saved_models"
) -> argparse.ArgumentParser:
    """The arguments that every recipe takes.

    Args:
        name: Name of the model.
        description: First line of `--help`.
        epochs: Default of `--epochs`.
        out: Default of `--out`.

    Returns:
        A parser with `--epochs`, `--data-dir`, `--out`, `--runs`, `--seed`, `--resume`
        and `--limit`.
    """
    parser = _Parser(
        description=description,
        epilog=f"example: vaezoo train {name} --epochs 2 --out models",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--epochs", type=_positive, default=epochs, help="passes over the training data"
    )
    parser.add_argument(
        "--data-dir",
        default=None,
        help="folder of the prepared data sets, or of a data set's .npz file; by "
        "default TFDS_DATA_DIR or ~/tensorflow_datasets, downloading what is missing "
        "(files: VAEZOO_DATA_DIR or ~/.vaezoo/data)",
    )
    parser.add_argument(
        "--out",
        type=_writable_folder,
        default=out,
        help="folder that the result is written into",
    )
    parser.add_argument(
        "--runs",
        type=_writable_folder,
        default="runs",
        help=f"where {name}/ keeps checkpoint and log",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of weights, data order and noise"
    )
    parser.add_argument(
        "--resume", action="store_true", help="continue from the last checkpoint"
    )
    parser.add_argument(
        "--limit",
        type=_positive,
        default=None,
        help="use only this many images of each split, to try the recipe out",
    )
    return parser


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"expected a positive integer, received {text!r}"
        )
    return int(text)


def _writable_folder(text: str) -> pathlib.Path:
    """A folder that can be written: known before the training, not after it."""
    folder = pathlib.Path(text).expanduser()
    try:
        check_writable(folder)
    except OSError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return folder
