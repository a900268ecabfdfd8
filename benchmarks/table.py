"""The tables of results, made from the files in benchmarks/results/.

python -m benchmarks.table                      # the table of README.md
python -m benchmarks.table --all                # every contender, with what it ran on
python -m benchmarks.table --write README.md    # renew it in place
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.details import details
from benchmarks.results import load_all
from benchmarks.rows import ROWS, Row
from vaezoo.zoo.results_table import renew_between

START = "<!-- benchmarks -->"
END = "<!-- /benchmarks -->"

_HEAD = (
    "| work | peer | ratio, median (range) | vaezoo | peer |\n"
    "| --- | --- | ---: | ---: | ---: |"
)


def benchmarks_table(results: Sequence[dict[str, Any]] | None = None) -> str:
    """What vaezoo's speed is beside that of each library's best variant.

    Args:
        results: Those of each machine; by default what is in benchmarks/results/.

    Returns:
        Markdown: for each machine a line about it and a table.
    """
    results = load_all() if results is None else results
    return "\n\n".join(_machine(result) for result in results)


def renew(text: str, results: Sequence[dict[str, Any]] | None = None) -> str:
    """Text with the table between its two markers renewed.

    Args:
        text: Text with a line `<!-- benchmarks -->` and, later, `<!-- /benchmarks -->`.
        results: As for `benchmarks_table`.

    Returns:
        The text, changed between those two lines alone.

    Raises:
        ValueError: If the markers are not there, once each and in that order.
    """
    return renew_between(text, START, END, benchmarks_table(results))


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the table, or writes it into a file.

    Args:
        argv: The arguments; by default those of the process.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.table",
        description="What was measured, from benchmarks/results/, as Markdown.",
    )
    parser.add_argument(
        "--all", action="store_true", help="show every contender, in full"
    )
    parser.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help=f"renew what is between {START} and {END} in this file",
    )
    arguments = parser.parse_args(argv)
    path = arguments.write
    try:
        if path is not None:
            path.write_text(renew(path.read_text("utf-8")), "utf-8")
            print(f"Wrote the results to {path}")
        elif arguments.all:
            print("\n\n".join(details(result) for result in load_all()))
        else:
            print(benchmarks_table())
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")


def _machine(result: dict[str, Any]) -> str:
    works = result["works"]
    dates = sorted({work["date"] for work in works.values()})
    period = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    data = "; ".join(sorted({work["data"] for work in works.values()}))
    lines = [_line(row) for row in _rows(works)]
    return "\n".join([f"{result['machine']}; {data}; {period}.", "", _HEAD, *lines])


def _rows(works: dict[str, Any]) -> Iterable[Row]:
    for name, rows in ROWS.items():
        if name in works:
            yield from rows(works[name])


def _line(row: Row) -> str:
    return "| " + " | ".join(row) + " |"


if __name__ == "__main__":
    main()
