"""`vaezoo list`."""

import argparse
from typing import Any

from vaezoo.cli.command import command_parser
from vaezoo.cli.tables import print_table

_EXAMPLES = """
vaezoo list
vaezoo list '*mnist*'
"""


def add_parser(commands: Any) -> None:
    """Adds the command to the program."""
    parser = command_parser(commands, "list", run, "list the models", _EXAMPLES)
    parser.add_argument(
        "pattern",
        nargs="?",
        default="*",
        metavar="PATTERN",
        help="only names that match, with the wildcards * ? [...]",
    )


def run(arguments: argparse.Namespace) -> None:
    """Prints a table of the models that come with vaezoo.

    Raises:
        ValueError: If no model matches.
    """
    from vaezoo.zoo import list_models

    names = list_models(arguments.pattern)
    if not names:
        raise ValueError(
            f"No model matches {arguments.pattern!r}. There are: "
            f"{', '.join(list_models()) or 'none'}"
        )
    print_table(
        ("name", "family", "data", "parameters", "size", "metric"),
        [_row(name) for name in names],
        right=("parameters", "size"),
    )


def _row(name: str) -> tuple[str, ...]:
    from vaezoo.zoo import ModelFileError, info
    from vaezoo.zoo.card_text import format_bytes, format_measurement

    try:
        card = info(name)
    except ModelFileError as error:
        # The others are still worth listing.
        return name, f"({error.reason})", "", "", "", ""
    metric = ""
    if card.metrics:
        first = card.metrics[0]
        number = format_measurement(first.value, first.standard_error)
        metric = f"{first.name} {number} {first.unit}"
    return (
        name,
        card.family,
        card.data.name if card.data else "",
        f"{card.parameters:,}",
        format_bytes(card.size_bytes),
        metric,
    )
