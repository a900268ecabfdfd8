"""The table of results in README.md, made from the model cards.

python -m vaezoo.zoo.results_table                      # show it
python -m vaezoo.zoo.results_table --write README.md    # renew it in place
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vaezoo.zoo.card import ModelCard
from vaezoo.zoo.card_text import format_bytes, format_measurement
from vaezoo.zoo.catalog import info, list_models

START = "<!-- results -->"
END = "<!-- /results -->"

_COLUMNS = (
    "model",
    "data",
    "test NLL",
    "ELBO",
    "active latents",
    "parameters",
    "size",
    "training time",
)


def results_table() -> str:
    """The results of all models that come with vaezoo, with how they were measured.

    Returns:
        Markdown: a table, one model a row, and below it a line for each model with the
        protocol of its first metric and the published numbers to compare it with.
    """
    cards = [info(name) for name in list_models()]
    rows = [_COLUMNS, ["---", "---"] + ["---:"] * (len(_COLUMNS) - 2)]
    rows += [_row(card) for card in cards]
    table = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([*table, "", *map(_note, cards)])


def renew(text: str) -> str:
    """Text with the results between its two markers renewed.

    Args:
        text: Text with a line `<!-- results -->` and, later, `<!-- /results -->`.

    Returns:
        The text, changed between those two lines alone.

    Raises:
        ValueError: If the markers are not there, once each and in that order.
    """
    return renew_between(text, START, END, results_table())


def renew_between(text: str, first: str, last: str, content: str) -> str:
    """Text with what stands between two lines renewed.

    Args:
        text: Text with the line `first` and, later, the line `last`.
        first: A line that is there once.
        last: Another one.
        content: What to put between them.

    Returns:
        The text, changed between those two lines alone.

    Raises:
        ValueError: If the lines are not there, once each and in that order.
    """
    before, start, rest = text.partition(f"{first}\n")
    _, end, after = rest.partition(f"{last}\n")
    if not (start and end) or first in rest or last in before + after:
        raise ValueError(
            f"Expected the line {first!r} once, and {last!r} once after it. "
            f"Received: a text with {text.count(first)} and {text.count(last)}"
        )
    return f"{before}{first}\n{content}\n{last}\n{after}"


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the table, or writes it into a file.

    Args:
        argv: The arguments; by default those of the process.
    """
    parser = argparse.ArgumentParser(
        prog="python -m vaezoo.zoo.results_table",
        description="The results of all models, from their cards, as Markdown.",
    )
    parser.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help=f"renew what is between {START} and {END} in this file",
    )
    path = parser.parse_args(argv).write
    try:
        if path is None:
            print(results_table())
        else:
            path.write_text(renew(path.read_text("utf-8")), "utf-8")
            print(f"Wrote the results to {path}")
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")


def _row(card: ModelCard) -> list[str]:
    active = _metric(card, "active_units")
    latents = card.architecture.get("latent_dim", "all")
    return [
        f"`{card.name}`",
        card.data.name if card.data else "",
        _metric(card, "nll"),
        _metric(card, "elbo"),
        f"{active} of {latents}" if active else "",
        f"{card.parameters:,}",
        format_bytes(card.size_bytes),
        _training_time(card),
    ]


def _metric(card: ModelCard, name: str) -> str:
    """A metric; of a model that is given quadrants, that metric given each number."""
    return ", ".join(
        format_measurement(metric.value, metric.standard_error)
        for metric in card.metrics
        if metric.name == name or metric.name.startswith(f"{name}_given_")
    )


def _training_time(card: ModelCard) -> str:
    if card.training is None:
        return ""
    minutes = card.training.wall_time_seconds / 60
    return f"{minutes:,.0f} min, {card.training.machine}"


def _note(card: ModelCard) -> str:
    parts = [f"- `{card.name}`: {card.description}"]
    if card.metrics:
        first = card.metrics[0]
        # The table has columns for the likelihood alone.
        shown = _metric(card, "nll") or first.name == "elbo"
        number = format_measurement(first.value, first.standard_error)
        value = "" if shown else f" {number} {first.unit}"
        parts.append(f"{first.name}{value}: {first.protocol}; {first.n:,} images.")
    published = [f"{entry.value:g} ({entry.source})" for entry in card.published or ()]
    if published:
        parts.append(f"Published: {', '.join(published)}.")
    if card.training:
        parts.append(f"Made by [{card.training.recipe}]({card.training.recipe}).")
    return " ".join(parts)


if __name__ == "__main__":
    main()
