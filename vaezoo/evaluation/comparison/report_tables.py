"""The tables of the report, as HTML."""

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from vaezoo.evaluation.comparison.columns import Column
from vaezoo.evaluation.comparison.tables import Block, Cell, Table
from vaezoo.evaluation.comparison.text import difference_text, probability_text
from vaezoo.evaluation.paired_difference import PairedDifference

if TYPE_CHECKING:
    from vaezoo.evaluation.comparison.comparison import Comparison


def table_html(table: Table, comparison: "Comparison", marks: Mapping[str, str]) -> str:
    """One table, whose headings sort it.

    Args:
        table: The table.
        comparison: Where it is from.
        marks: The class that gives the colour of each model.

    Returns:
        A `<div>` that scrolls sideways, with the table in it.
    """
    name = Column("model", "model", "Each model's label, family and latent dimensions.")
    heads = "".join(map(_head, (name, *table.columns)))
    bodies = [
        _body(block, len(table.columns), comparison, marks) for block in table.blocks
    ]
    return _scrolling(table.section.name, table.section.title, heads, "".join(bodies))


def meanings_html(table: Table) -> str:
    """What the columns of a table mean."""
    rows = "".join(
        f"<dt>{escape(column.title)}</dt><dd>{escape(column.meaning)}</dd>"
        for column in table.columns
    )
    return f"<details><summary>What the columns mean</summary><dl>{rows}</dl></details>"


def differences_html(comparison: "Comparison", marks: Mapping[str, str]) -> str:
    """The table of paired differences.

    Args:
        comparison: The comparison.
        marks: The class that gives the colour of each model.

    Returns:
        As `table_html`.
    """
    columns = (
        Column("better", "lower NLL", "The model with the lower mean."),
        Column("worse", "higher NLL", "The other model."),
        Column(
            "value", "difference, nats", "Mean over images of the difference.", False
        ),
        Column("t", "t", "The difference over its standard error.", False),
        Column("p", "p", "Probability of such a t by chance, corrected after Holm."),
        Column("verdict", "verdict", "In words."),
    )
    rows = "".join(_difference_row(d, marks) for d in comparison.differences)
    return _scrolling(
        "differences",
        "Differences of NLL, image by image",
        "".join(map(_head, columns)),
        f"<tbody>{rows}</tbody>",
    )


def name_html(label: str, mark: str) -> str:
    """A model's label with its colour."""
    name = escape(label).replace("_", "_<wbr>")  # where a narrow column may break it
    return f'<span class="dot {mark}"></span><span>{name}</span>'


def _scrolling(name: str, title: str, heads: str, bodies: str) -> str:
    return (
        f'<div class="table" role="region" tabindex="0" aria-label="{escape(title)}">\n'
        f'<table id="table-{name}"><thead><tr>{heads}</tr></thead>\n'
        f"{bodies}</table></div>"
    )


def _head(column: Column) -> str:
    first = "ascending" if column.lower_first else "descending"
    words = ' class="words"' if column.name in ("worse", "verdict") else ""
    return (
        f'<th scope="col"{words} data-column="{column.name}" data-first="{first}">'
        f'<button type="button" title="{escape(column.meaning)}">'
        f"{escape(column.title)}</button></th>"
    )


def _body(
    block: Block, columns: int, comparison: "Comparison", marks: Mapping[str, str]
) -> str:
    rows = []
    if block.title:
        rows.append(
            f'<tr class="group"><th colspan="{columns + 1}" scope="rowgroup">'
            f"<span>{escape(block.title)}</span></th></tr>"
        )
    for label, cells in block.rows:
        result = comparison[label]
        what = f"{result.family}, {result.latent_dim} latents"
        rows.append(
            f'<tr><th scope="row" data-value="{escape(label)}">'
            f'<span class="name">{name_html(label, marks[label])}</span>'
            f"<small>{escape(what)}</small></th>"
            f"{''.join(map(_cell, cells))}</tr>"
        )
    lines = "\n".join(rows)
    return f"<tbody>{lines}</tbody>\n"


def _cell(cell: Cell) -> str:
    if not cell.text:
        why = f' title="{escape(cell.why)}"' if cell.why else ""
        return f'<td class="none" data-value=""{why}>&ndash;</td>'
    mark = ' class="best"' if cell.best else ""
    title = f' title="{escape(cell.why)}"' if cell.why else ""
    return (
        f'<td{mark} data-value="{float(cell.value)!r}"{title}>{_number(cell.text)}</td>'
    )


def _number(text: str) -> str:
    value, sign, error = text.partition(" ± ")
    tail = f' <span class="error">± {escape(error)}</span>' if sign else ""
    return escape(value) + tail


def _difference_row(difference: PairedDifference, marks: Mapping[str, str]) -> str:
    names = "".join(
        f'<{tag} data-value="{escape(label)}"><span class="name">'
        f"{name_html(label, marks[label])}</span></{end}>"
        for tag, end, label in (
            ('th scope="row"', "th", difference.better),
            ('td class="words"', "td", difference.worse),
        )
    )
    t, p = difference.t, difference.p
    cells = [
        Cell(difference_text(difference), difference.value),
        Cell("" if t is None else f"{t:.1f}", t),
        Cell("" if p is None else probability_text(p).removeprefix("= "), p),
    ]
    verdict = "clear" if difference.clear else "no clear difference"
    if difference.equal:
        verdict = "equal on every image"
    words = f'<td class="words" data-value="{verdict}">{verdict}</td>'
    return f"<tr>{names}{''.join(map(_cell, cells))}{words}</tr>\n"
