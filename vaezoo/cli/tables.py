"""Tables for the terminal."""

import sys
from collections.abc import Iterable, Sequence

# Wide enough for any table: a pipe has no width, and a file should not be wrapped.
_PIPE_WIDTH = 250


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    title: str | None = None,
    right: Sequence[str] = (),
) -> None:
    """Prints a table to the standard output.

    Args:
        columns: The headings.
        rows: The cells of each row.
        title: A line above the table.
        right: The columns that are aligned to the right.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    table = Table(
        box=box.SIMPLE_HEAD, title=title, title_justify="left", show_edge=False
    )
    for column in columns:
        side = "right" if column in right else "left"
        # The first column is what a user types next: never shortened.
        table.add_column(column, justify=side, no_wrap=column == columns[0])
    for row in rows:
        # As Text: square brackets in a cell are no markup.
        table.add_row(*[Text(cell) for cell in row])
    console.print(table)
