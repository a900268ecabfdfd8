"""What every command's parser has."""

import argparse
from collections.abc import Callable


def command_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], None],
    description: str,
    examples: str,
) -> argparse.ArgumentParser:
    """Adds a command to the program.

    Args:
        commands: The program's commands.
        name: The command.
        run: Called with the parsed arguments.
        description: The first line of its help.
        examples: Lines at the end of its help.

    Returns:
        The command's parser.
    """
    indented = "\n".join(f"  {line}" for line in examples.strip().splitlines())
    parser = commands.add_parser(
        name,
        help=description,
        description=description,
        epilog=f"examples:\n{indented}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def positive_integer(text: str) -> int:
    """The type of an argument that counts something."""
    return _integer(text, 1, "a positive integer")


def non_negative_integer(text: str) -> int:
    """The type of an argument that numbers something, from 0."""
    return _integer(text, 0, "an integer >= 0")


def seed(text: str) -> int:
    """The type of a seed."""
    return non_negative_integer(text)


def _integer(text: str, least: int, expected: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise argparse.ArgumentTypeError(f"expected {expected}, received {text!r}")
    return value
