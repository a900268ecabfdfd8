"""ZOO.md: every model with a picture, its numbers and how it was made.

python -m vaezoo.zoo.gallery                    # show it
python -m vaezoo.zoo.gallery --write ZOO.md     # write it
"""

import argparse
import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from vaezoo.zoo.card import Metric, ModelCard
from vaezoo.zoo.card_text import format_bytes, format_measurement
from vaezoo.zoo.catalog import info, list_models

PICTURE = "saved_models/{name}/samples.png"
_PICTURE_WIDTH = 220

_INTRODUCTION = """\
# The zoo

Every model that comes with vaezoo. `vaezoo.load("NAME")` gives it back, ready to
sample, to fine-tune with `fit` and to export; `vaezoo serve NAME` puts it behind a URL;
the command in its row makes it again from nothing. The pictures show what the models
draw. Numbers are of the test images, which no choice was made on; ± is the standard
error over images. How they are measured is said in
[README.md](README.md#where-the-numbers-come-from), and in each card
(`vaezoo info NAME`).

This page is made from the cards by `make readme`; a test fails when it is stale."""

_COLUMNS = ("", "model", "measured", "published", "made by")


def gallery() -> str:
    """The page: a table for each family, one model a row.

    Returns:
        Markdown.
    """
    cards = sorted(map(info, list_models()), key=lambda card: (card.family, card.name))
    parts = [_INTRODUCTION]
    for family, members in itertools.groupby(cards, key=lambda card: card.family):
        rows = [_COLUMNS, ["---"] * len(_COLUMNS), *map(_row, members)]
        table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
        parts.append(f"## {family}\n\n{table}")
    return "\n\n".join(parts) + "\n"


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the page, or writes it into a file.

    Args:
        argv: The arguments; by default those of the process.
    """
    parser = argparse.ArgumentParser(
        prog="python -m vaezoo.zoo.gallery",
        description="All models with pictures and numbers, from their cards.",
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="write this file")
    path = parser.parse_args(argv).write
    if path is None:
        print(gallery(), end="")
        return
    try:
        path.write_text(gallery(), "utf-8")
    except OSError as error:
        sys.exit(f"error: {error}")
    print(f"Wrote {path}")


def _row(card: ModelCard) -> list[str]:
    picture = PICTURE.format(name=card.name)
    return [
        f'<img src="{picture}" width="{_PICTURE_WIDTH}" alt="drawn by {card.name}">',
        "<br>".join(_identity(card)),
        "<br>".join(map(_measurement, card.metrics)),
        "<br>".join(f"{p.value:g}: {p.source}" for p in card.published or ()),
        "<br>".join(_making(card)),
    ]


def _identity(card: ModelCard) -> Iterator[str]:
    yield f"**`{card.name}`**"
    yield card.description
    yield f"{card.parameters:,} weights, {format_bytes(card.size_bytes)}"
    if card.reference:
        yield f"*{card.reference}*"


def _measurement(metric: Metric) -> str:
    value = format_measurement(metric.value, metric.standard_error)
    samples = f" (k = {metric.k:,})" if metric.k else ""
    return f"{metric.name.replace('_', ' ')}: {value} {metric.unit}{samples}"


def _making(card: ModelCard) -> Iterator[str]:
    if card.training:
        minutes = card.training.wall_time_seconds / 60
        yield f"`{card.training.command}`"
        yield f"[{card.training.recipe}]({card.training.recipe})"
        yield f"{minutes:,.0f} min on {card.training.machine}"
    if card.data:
        yield f"data: {card.data.name}, {card.data_licence or 'licence not stated'}"


if __name__ == "__main__":
    main()
