"""Options that several kinds of pictures share."""

import argparse
from pathlib import Path

from vaezoo.cli.command import non_negative_integer, positive_integer, seed

_SUFFIXES = (".png", ".svg", ".pdf")


def add_output(parser: argparse.ArgumentParser, kind: str) -> None:
    """`-o FILE`, by default named after the kind."""
    parser.add_argument(
        "-o",
        "--output",
        type=picture_file,
        default=Path(f"{kind}.png"),
        metavar="FILE",
        help="picture to write, .png, .svg or .pdf (default: %(default)s)",
    )


def add_name(parser: argparse.ArgumentParser) -> None:
    """`NAME`."""
    parser.add_argument("name", metavar="NAME", help="a model's name or folder")


def add_seed(parser: argparse.ArgumentParser, what: str) -> None:
    """`--seed N`."""
    parser.add_argument(
        "--seed", type=seed, default=0, metavar="N", help=f"{what} (default: 0)"
    )


def add_number(parser: argparse.ArgumentParser, default: int, what: str) -> None:
    """`-n N`."""
    parser.add_argument(
        "-n",
        "--num",
        type=positive_integer,
        default=default,
        metavar="N",
        help=f"{what} (default: %(default)s)",
    )


def add_data(parser: argparse.ArgumentParser, default: str) -> None:
    """`--data`, and what belongs to it."""
    parser.add_argument(
        "--data", help=f"a data set's name, or an .npz file of images ({default})"
    )
    parser.add_argument(
        "--split", help="train, validation or test (the default of a named data set)"
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


def add_label(parser: argparse.ArgumentParser, default: str) -> None:
    """`--label K`, of models that are conditional on labels."""
    parser.add_argument(
        "--label",
        type=non_negative_integer,
        metavar="K",
        help=f"class of the images, of a model conditional on labels ({default})",
    )


def add_classes(parser: argparse.ArgumentParser, default: str) -> None:
    """`--from-label` and `--to-label`."""
    for option, what in (("from", "without"), ("to", "with")):
        parser.add_argument(
            f"--{option}-label",
            type=non_negative_integer,
            metavar="K",
            help=f"class of the images {what} the attribute ({default})",
        )


def add_path(parser: argparse.ArgumentParser, choices: tuple[str, ...]) -> None:
    """`--path`, the first choice being the default."""
    parser.add_argument(
        "--path",
        choices=choices,
        default=choices[0],
        help=f"way between codes: {' or '.join(choices)} (default: %(default)s)",
    )


def picture_file(text: str) -> Path:
    """The type of a file whose suffix says its format."""
    path = Path(text).expanduser()
    if path.suffix.lower() not in _SUFFIXES:
        raise argparse.ArgumentTypeError(
            f"expected a file that ends in {', '.join(_SUFFIXES)}, received {text!r}"
        )
    return path


def dimensions(text: str) -> int | list[int]:
    """The type of a number of latent dimensions, or a list of them."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = [-1]
    if min(numbers) < 0:
        raise argparse.ArgumentTypeError(
            f"expected a number or a list such as 3,7, received {text!r}"
        )
    return numbers if "," in text else numbers[0]


def two_dimensions(text: str) -> list[int]:
    """The type of two latent dimensions."""
    numbers = dimensions(text)
    if not isinstance(numbers, list) or len(numbers) != 2:
        raise argparse.ArgumentTypeError(
            f"expected two dimensions such as 3,7, received {text!r}"
        )
    return numbers
