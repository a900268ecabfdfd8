"""Which images a command measures models on."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vaezoo.cli.command import positive_integer

if TYPE_CHECKING:
    from vaezoo.data import ImageData


def add_data_arguments(
    parser: argparse.ArgumentParser,
    limit: int | None = None,
    default: str | None = None,
) -> None:
    """Adds the arguments that say which images.

    Args:
        parser: A command's parser.
        limit: How many images by default; None for all.
        default: The data set by default; None if it must be given.
    """
    shown = "" if default is None else " (default: %(default)s)"
    parser.add_argument(
        "--data",
        required=default is None,
        default=default,
        help="a data set's name (mnist, fashion_mnist, binarized_mnist, omniglot, "
        "sprites, frey_faces, cartoon_set, cmu_faces, or another one of "
        f"tensorflow_datasets), or an .npz file of images{shown}",
    )
    parser.add_argument(
        "--split", help="train, validation or test (the default of a named data set)"
    )
    number = "all" if limit is None else f"{limit:,}"
    parser.add_argument(
        "--limit",
        type=_limit,
        default=limit,
        metavar="N",
        help=f'only the first N images; "all" for all (default: {number})',
    )
    parser.add_argument(
        "--image-size",
        type=positive_integer,
        metavar="PIXELS",
        help="draw sprites in this size, or shrink a named data set to it",
    )
    parser.add_argument(
        "--data-dir",
        help="folder of the prepared data sets and of the data sets' .npz files "
        "(default: TFDS_DATA_DIR, and VAEZOO_DATA_DIR for files)",
    )


def load_split(arguments: argparse.Namespace, split: str | None = None) -> "ImageData":
    """All images of a split; `--limit` is not applied.

    Args:
        arguments: What `add_data_arguments` parsed.
        split: Another split than the one that was asked for.

    Returns:
        The data.

    Raises:
        ValueError: If there are no such data.
    """
    from vaezoo.data import load

    is_file = Path(arguments.data).suffix == ".npz"
    return load(
        arguments.data,
        split or arguments.split or (None if is_file else "test"),
        data_dir=arguments.data_dir,
        image_size=arguments.image_size,
    )


def _limit(text: str) -> int | None:
    return None if text == "all" else positive_integer(text)
