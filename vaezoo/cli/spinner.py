"""A sign of life while something takes long."""

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def spinner(message: str) -> Iterator[None]:
    """Shows a message and a moving mark on the terminal, until the body is done.

    It is drawn on the standard error, and not at all where that is no terminal.

    Args:
        message: What is being done.
    """
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    # A descriptor of its own: the body may redirect the standard error meanwhile.
    with (
        open(os.dup(sys.stderr.fileno()), "w", encoding="utf-8") as terminal,
        Console(file=terminal).status(f"{message} ..."),
    ):
        yield
