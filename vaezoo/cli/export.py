"""`vaezoo export`."""

import argparse
from typing import Any

from vaezoo.cli.command import command_parser, positive_integer
from vaezoo.cli.quiet_tensorflow import import_tensorflow
from vaezoo.cli.spinner import spinner

_EXAMPLES = """
vaezoo export conv_vae_mnist served/conv_vae_mnist
vaezoo export path/to/model_folder served/mine --log-prob-samples 500
"""

# What stays true of the same weights in another folder.
_KEPT_FIELDS = (
    "description",
    "data",
    "training",
    "metrics",
    "published",
    "licence",
    "data_licence",
    "reference",
)


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
        "--log-prob-samples",
        type=positive_integer,
        default=50,
        metavar="K",
        help="importance samples of the signature log_prob (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Writes the next version of a model's folder."""
    from vaezoo.zoo import check_writable, info

    card = info(arguments.name)  # A wrong name is found before anything is loaded.
    check_writable(arguments.folder)
    import_tensorflow()
    import vaezoo

    with spinner(f"Exporting {arguments.name}"):
        written = vaezoo.export(
            vaezoo.load(arguments.name, compile=False),
            arguments.folder,
            log_prob_samples=arguments.log_prob_samples,
            card={field: getattr(card, field) for field in _KEPT_FIELDS},
        )
    print(f"Wrote {written}")
