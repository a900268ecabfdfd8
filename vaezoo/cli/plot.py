"""`vaezoo plot`."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from vaezoo.cli import picture_options as options
from vaezoo.cli.command import command_parser, positive_integer
from vaezoo.cli.quiet_tensorflow import import_tensorflow
from vaezoo.cli.spinner import spinner
from vaezoo.output_file import output_file

if TYPE_CHECKING:
    from vaezoo.data import ImageData

_EXAMPLES = """
vaezoo plot traversal conv_vae_mnist --data mnist
vaezoo plot scatter conv_vae_mnist -o scatter.svg
vaezoo plot attribute conv_vae_mnist --from-label 4 --to-label 9
vaezoo plot curves runs/conv_vae_mnist/log.csv
vaezoo plot KIND --help
"""
_CARD_DATA = "default: what the model was trained on, its test split"
_NO_DATA = "default: none; with data, the picture is around one of its images"
_WHICH = "which images are shown"


class _Kind(NamedTuple):
    """A kind of picture.

    Attributes:
        description: One line.
        add_options: Adds its own options to its parser.
        needs: "data"; "data or nothing", if the option is given; "nothing"; or "log".
    """

    description: str
    add_options: Callable[[argparse.ArgumentParser], None]
    needs: str


def add_parser(commands: Any) -> None:
    """Adds the command to the program."""
    parser = command_parser(
        commands, "plot", run, "make a picture of what a model does", _EXAMPLES
    )
    kinds = parser.add_subparsers(
        title="kinds", metavar="KIND", dest="kind", required=True
    )
    for name, kind in _KINDS.items():
        own = kinds.add_parser(
            name, help=kind.description, description=kind.description
        )
        if kind.needs == "log":
            own.add_argument("name", metavar="LOG", help="a log.csv, or a run's folder")
        else:
            options.add_name(own)
        options.add_output(own, name)
        kind.add_options(own)
        if kind.needs.startswith("data"):
            options.add_data(own, _CARD_DATA if kind.needs == "data" else _NO_DATA)


def run(arguments: argparse.Namespace) -> None:
    """Writes a picture."""
    from vaezoo.zoo import info

    needs = _KINDS[arguments.kind].needs
    # A wrong name is found before anything is loaded.
    card = None if needs == "log" else info(arguments.name)
    with output_file(arguments.output) as hidden:
        import_tensorflow()
        import vaezoo
        from vaezoo.cli import pictures

        with spinner(f"Plotting {arguments.name}"):
            if card is None:
                figure = vaezoo.plotting.training_curves(arguments.name)
            else:
                data = _data(arguments, needs, card)
                model = vaezoo.load(arguments.name, compile=False)
                make = getattr(pictures, arguments.kind.replace("-", "_"))
                figure = make(model, data, arguments)
            figure.savefig(hidden)
    print(f"Wrote {arguments.output}")


def _data(arguments: argparse.Namespace, needs: str, card: Any) -> "ImageData | None":
    """The data that a picture needs, or is given."""
    from vaezoo.data import load

    source = getattr(arguments, "data", None)
    if source is None and needs != "data":
        return None
    if source is None and card.data is None:
        raise ValueError(
            "Expected --data: the card of this model does not say what it was trained "
            f"on. Received: {arguments.name}"
        )
    source = source or card.data.name
    split = arguments.split or (None if source.endswith(".npz") else "test")
    return load(
        source, split, data_dir=arguments.data_dir, image_size=arguments.image_size
    )


# --- the options of each kind ---------------------------------------------------------


def _samples(parser: argparse.ArgumentParser) -> None:
    options.add_number(parser, 64, "number of images")
    options.add_seed(parser, "same seed, same images")
    options.add_label(parser, "default: all classes in turn")


def _reconstructions(parser: argparse.ArgumentParser) -> None:
    options.add_number(parser, 20, "number of images")
    options.add_seed(parser, _WHICH)


def _traversal(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dimensions",
        type=options.dimensions,
        default=10,
        metavar="N | I,J,...",
        help="how many, the most used first, or which (default: %(default)s)",
    )
    _add_steps(parser)
    options.add_seed(parser, "around which draw of the prior, or which image")
    options.add_label(parser, "default: of the image; without data, 0")


def _manifold(parser: argparse.ArgumentParser) -> None:
    _add_plane(parser, "default: the two most used")
    parser.add_argument(
        "--size",
        type=positive_integer,
        default=20,
        metavar="N",
        help="images a side (default: %(default)s)",
    )
    options.add_seed(parser, "which image it is around, with data")
    options.add_label(parser, "default: of the image; without data, 0")


def _scatter(parser: argparse.ArgumentParser) -> None:
    options.add_number(parser, 10000, "the first N images, at most")
    _add_plane(parser, "default: the plane in which the class means differ most")


def _interpolation(parser: argparse.ArgumentParser) -> None:
    options.add_number(parser, 4, "number of pairs")
    _add_steps(parser)
    options.add_path(parser, ("both", "spherical", "linear"))
    options.add_seed(parser, _WHICH)


def _attribute(parser: argparse.ArgumentParser) -> None:
    options.add_classes(parser, "instead of --attribute")
    parser.add_argument(
        "--attribute", metavar="NAME", help="an attribute of the data, of 0 and 1"
    )
    parser.add_argument(
        "--balance",
        metavar="NAME,...",
        help="other attributes, that must not come along with it",
    )
    options.add_number(parser, 6, "number of images")
    options.add_seed(parser, _WHICH)


def _analogy(parser: argparse.ArgumentParser) -> None:
    options.add_classes(parser, "default: any two classes")
    options.add_number(parser, 4, "number of analogies")
    options.add_seed(parser, _WHICH)


def _j_diagram(parser: argparse.ArgumentParser) -> None:
    options.add_classes(parser, "default: any two classes")
    options.add_path(parser, ("spherical", "linear"))
    options.add_seed(parser, _WHICH)


def _mine(parser: argparse.ArgumentParser) -> None:
    for side, default in (("rows", 3), ("columns", 4)):
        parser.add_argument(
            f"--{side}",
            type=positive_integer,
            default=default,
            metavar="N",
            help=f"{side} of anchors (default: %(default)s)",
        )
    options.add_path(parser, ("spherical", "linear"))
    options.add_seed(parser, "which image it is around")


def _curves(parser: argparse.ArgumentParser) -> None:
    """None: the log is all."""


def _add_steps(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--steps",
        type=positive_integer,
        default=9,
        metavar="N",
        help="decoded images in a row (default: %(default)s)",
    )


def _add_plane(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument(
        "--dimensions",
        type=options.two_dimensions,
        metavar="I,J",
        help=f"two latent dimensions ({default})",
    )


_KINDS = {
    "samples": _Kind("draws from the prior", _samples, "nothing"),
    "reconstructions": _Kind(
        "images and their reconstructions", _reconstructions, "data"
    ),
    "traversal": _Kind(
        "what each latent dimension does", _traversal, "data or nothing"
    ),
    "manifold": _Kind(
        "images over a plane of the latent space", _manifold, "data or nothing"
    ),
    "scatter": _Kind("codes of images, coloured by class", _scatter, "data"),
    "interpolation": _Kind("the way from image to image", _interpolation, "data"),
    "attribute": _Kind("images with more or less of an attribute", _attribute, "data"),
    "analogy": _Kind("a is to b as c is to what?", _analogy, "data"),
    "j-diagram": _Kind("an analogy with all between its images", _j_diagram, "data"),
    "mine": _Kind("images between an image and its neighbours", _mine, "data"),
    "curves": _Kind("metrics over the epochs of a training log", _curves, "log"),
}
