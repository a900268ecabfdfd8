"""`vaezoo info`."""

import argparse
from typing import Any

from vaezoo.cli.command import command_parser
from vaezoo.cli.tables import print_table

_EXAMPLES = """
vaezoo info conv_vae_mnist
vaezoo info path/to/model_folder
vaezoo info conv_vae_mnist --json
"""


def add_parser(commands: Any) -> None:
    """Adds the command to the program."""
    parser = command_parser(
        commands, "info", run, "show what a model is and how it was made", _EXAMPLES
    )
    parser.add_argument("name", metavar="NAME", help="a model's name or folder")
    parser.add_argument("--json", action="store_true", help="print the card as JSON")


def run(arguments: argparse.Namespace) -> None:
    """Prints a model's card."""
    from vaezoo.zoo import info
    from vaezoo.zoo.card_text import card_rows

    card = info(arguments.name)
    if arguments.json:
        print(card.to_json(), end="")
        return
    print_table((card.name, f"version {card.version}"), card_rows(card))
