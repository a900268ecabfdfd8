"""`vaezoo sample`."""

import argparse
from pathlib import Path
from typing import Any

from vaezoo.cli.command import (
    command_parser,
    non_negative_integer,
    positive_integer,
    seed,
)
from vaezoo.cli.conditions import sample_condition
from vaezoo.cli.quiet_tensorflow import import_tensorflow
from vaezoo.cli.spinner import spinner
from vaezoo.output_file import output_file

_SUFFIXES = (".png", ".jpg", ".jpeg", ".pdf", ".svg", ".webp")

_EXAMPLES = """
vaezoo sample conv_vae_mnist
vaezoo sample conv_vae_mnist -n 64 -o grid.png --seed 1
vaezoo sample path/to/conditional_model --label 3
"""


def add_parser(commands: Any) -> None:
    """Adds the command to the program."""
    parser = command_parser(
        commands, "sample", run, "draw images from a model into one picture", _EXAMPLES
    )
    parser.add_argument("name", metavar="NAME", help="a model's name or folder")
    parser.add_argument(
        "-n",
        "--num",
        type=positive_integer,
        default=64,
        help="number of images (default: %(default)s)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=_picture,
        default=Path("samples.png"),
        metavar="FILE",
        help="picture to write (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=seed, default=0, help="same seed, same images (default: 0)"
    )
    parser.add_argument(
        "--label",
        type=non_negative_integer,
        metavar="K",
        help="class of the images, of a model that is conditional on labels (default: "
        "all classes in turn)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Writes a grid of samples."""
    from vaezoo.zoo import version_folder

    version_folder(arguments.name)  # A wrong name is found before anything is loaded.
    with output_file(arguments.output) as hidden:
        import_tensorflow()
        import vaezoo

        with spinner(f"Drawing {arguments.num} images"):
            model = vaezoo.load(arguments.name, compile=False)
            y = sample_condition(model, arguments.label, arguments.num)
            images = model.sample(arguments.num, seed=arguments.seed, y=y)
            vaezoo.plotting.sample_grid(images).savefig(hidden)
    print(f"Wrote {arguments.num} images to {arguments.output}")


def _picture(text: str) -> Path:
    path = Path(text).expanduser()
    if path.suffix.lower() not in _SUFFIXES:
        raise argparse.ArgumentTypeError(
            f"expected a file that ends in {', '.join(_SUFFIXES)}, received {text!r}"
        )
    return path
