"""A comparison as text."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vaezoo.evaluation.comparison.tables import Table, tables
from vaezoo.evaluation.paired_difference import PairedDifference

if TYPE_CHECKING:
    from vaezoo.evaluation.comparison.comparison import Comparison

_WIDTH = 88
_EMPTY = "-"


def comparison_text(comparison: "Comparison") -> str:
    """The tables of a comparison with what must be known to read them.

    Args:
        comparison: The comparison.

    Returns:
        Plain text. A star marks the lowest NLL, and those not clearly above it.
    """
    parts = [comparison.protocol.title]
    for table in tables(comparison):
        parts.append(_table_text(table))
        if table.section.name == "likelihood" and comparison.differences:
            parts.append("\n".join(map(_difference_line, comparison.differences)))
    for heading, sentences in (
        ("Warnings", comparison.warnings),
        ("Not compared", comparison.reasons),
    ):
        if sentences:
            parts.append("\n".join([heading, *map(_item, sentences)]))
    return "\n\n".join(parts)


def difference_text(difference: PairedDifference) -> str:
    """A difference with its standard error, such as "1.33 ± 0.30"."""
    error = difference.standard_error
    return f"{difference.value:.2f}" + ("" if error is None else f" ± {error:.2f}")


def probability_text(p: float) -> str:
    """A probability after a "p", such as "< 0.001" or "= 0.21"."""
    return "< 0.001" if p < 0.001 else f"= {p:.2g}"


def _difference_line(difference: PairedDifference) -> str:
    if difference.equal:
        return f"{difference.verdict}."
    parts = [f"{difference_text(difference)} nats an image"]
    if difference.t is not None:
        parts += [f"t = {difference.t:.1f}", f"p {probability_text(difference.p)}"]
    return f"{difference.verdict}: {', '.join(parts)}."


def _table_text(table: Table) -> str:
    heads = ["", *(column.title for column in table.columns)]
    lines: list[list[str] | str] = [heads]
    for block in table.blocks:
        if block.title:
            lines.append(f"-- {block.title}")
        for label, cells in block.rows:
            texts = [("* " if c.best else "") + (c.text or _EMPTY) for c in cells]
            lines.append([label, *texts])
    rows = [line for line in lines if isinstance(line, list)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    body = [x if isinstance(x, str) else _aligned(x, widths) for x in lines]
    return "\n".join([table.section.title, *body])


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0].ljust(widths[0])
    rest = [c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True)]
    return "  ".join([first, *rest]).rstrip()


def _item(sentence: str) -> str:
    return textwrap.fill(sentence, _WIDTH, initial_indent="- ", subsequent_indent="  ")
