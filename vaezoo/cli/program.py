"""The `vaezoo` program: its commands, and what it does with their errors."""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from vaezoo.cli import (
    compare,
    encode,
    evaluate,
    export,
    info,
    list_command,
    plot,
    sample,
    serve,
    server_files,
    train,
)

_COMMANDS = (
    list_command,
    info,
    train,
    evaluate,
    compare,
    sample,
    plot,
    encode,
    export,
    serve,
    server_files,
)

_EXAMPLES = """\
examples:
  vaezoo list
  vaezoo info conv_vae_mnist
  vaezoo sample conv_vae_mnist -n 64 -o grid.png --seed 1
  vaezoo plot traversal conv_vae_mnist -o traversal.png
  vaezoo evaluate conv_vae_mnist --data mnist --limit 1000
  vaezoo compare fc_vae_mnist conv_vae_mnist --data mnist -o report.html
  vaezoo train fc_vae_mnist --epochs 2 --out models
  vaezoo serve conv_vae_mnist

`vaezoo COMMAND --help` has more."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message} (`{self.prog} --help` shows the usage)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program.

    Args:
        argv: The arguments; by default those of the process.

    Returns:
        The exit code: 0; 1 for a failure; 2 for bad usage; 130 if interrupted.
    """
    # Before TensorFlow is imported, by whichever command needs it.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    argv, recipe_arguments = train.split_arguments(
        sys.argv[1:] if argv is None else argv
    )
    argv, beam_options = encode.split_options(argv)
    show_traceback = False
    try:
        arguments = _parser().parse_args(argv)
        arguments.recipe_arguments = recipe_arguments
        arguments.beam_options = beam_options
        show_traceback = arguments.traceback
        arguments.run(arguments)
        sys.stdout.flush()
    except SystemExit as stop:
        return _exit_code(stop)
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    except BrokenPipeError:
        # Whoever read the output has read enough, as in `vaezoo list | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if show_traceback:
            traceback.print_exc()
        return _fail(_one_line(error), 1)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="vaezoo",
        description="A zoo of variational autoencoders.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_ShowVersion)
    parser.add_argument(
        "--traceback", action="store_true", help="show where an error comes from"
    )
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=_Parser
    )
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser


class _ShowVersion(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version")

    def __call__(self, parser: argparse.ArgumentParser, *args: object) -> NoReturn:
        from vaezoo import __version__

        print(f"vaezoo {__version__}")
        parser.exit()


def _exit_code(stop: SystemExit) -> int:
    if stop.code is None or isinstance(stop.code, int):
        return stop.code or 0
    return _fail(str(stop.code), 1)


def _fail(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code


def _one_line(error: Exception) -> str:
    message = " ".join(str(error).split())
    if not message:
        return type(error).__name__
    if isinstance(error, (OSError, RuntimeError, ValueError)):
        return message
    return f"{type(error).__name__}: {message}"
