"""The tables of a comparison, as cells, for text and HTML alike."""

import dataclasses
from typing import TYPE_CHECKING

from vaezoo.evaluation.comparison.columns import SECTIONS, Column, Section, format_cell
from vaezoo.evaluation.comparison.model_result import ModelResult

if TYPE_CHECKING:
    from vaezoo.evaluation.comparison.comparison import Comparison


@dataclasses.dataclass(frozen=True)
class Cell:
    """One cell.

    Args:
        text: What it says; empty where there is nothing.
        value: What it is sorted by; None where there is nothing.
        why: How it was measured, or why it is empty.
        best: Whether no other model is clearly better.
    """

    text: str
    value: float | None = None
    why: str = ""
    best: bool = False


@dataclasses.dataclass(frozen=True)
class Block:
    """Rows that may be compared with each other.

    Args:
        title: What they have in common; empty if the table is one block.
        rows: The label of each model, with its cells.
    """

    title: str
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclasses.dataclass(frozen=True)
class Table:
    """One table.

    Args:
        section: What it is about.
        columns: Those in which there is something.
        blocks: Its rows.
    """

    section: Section
    columns: tuple[Column, ...]
    blocks: tuple[Block, ...]


def tables(comparison: "Comparison") -> list[Table]:
    """The tables of a comparison; those without a number are left out.

    Args:
        comparison: The comparison.

    Returns:
        Likelihood, with a block for each group of models, images, cost and speed.
    """
    found = []
    for section in SECTIONS:
        columns = tuple(
            column
            for column in section.columns
            if any(_cell(comparison, r, column).text for r in comparison.results)
        )
        if columns:
            blocks = _blocks(comparison, section, columns)
            found.append(Table(section, columns, blocks))
    return found


def _blocks(
    comparison: "Comparison", section: Section, columns: tuple[Column, ...]
) -> tuple[Block, ...]:
    parts = [("", comparison.labels)]
    if section.name == "likelihood":
        parts = [(group.title, group.labels) for group in comparison.groups]
        grouped = {label for group in comparison.groups for label in group.labels}
        if rest := [label for label in comparison.labels if label not in grouped]:
            parts.append(("no likelihood of these images", rest))
    return tuple(
        Block(
            title,
            tuple(
                (label, tuple(_cell(comparison, comparison[label], c) for c in columns))
                for label in labels
            ),
        )
        for title, labels in parts
    )


def _cell(comparison: "Comparison", result: ModelResult, column: Column) -> Cell:
    if column.name == "published":
        return _published(result)
    measurement = result.get(column.name)
    if measurement is None:
        return Cell("", why=result.missing.get(column.name, ""))
    group = comparison.group_of(result.label)
    best = column.name == "nll" and group is not None
    return Cell(
        format_cell(measurement),
        measurement.value,
        measurement.protocol,
        best and result.label in comparison.best(group),
    )


def _published(result: ModelResult) -> Cell:
    values = [entry.value for entry in result.published]
    sources = "; ".join(
        f"{entry.value:g}: {entry.source}" for entry in result.published
    )
    text = ", ".join(f"{value:g}" for value in values)
    return Cell(text, min(values, default=None), sources)
