"""Medians and ranges of what was measured in rounds."""

import statistics
from collections.abc import Sequence
from typing import NamedTuple, Self


class Spread(NamedTuple):
    """The median of several rounds, and the smallest and largest of them."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """The spread of values, of which there must be at least one."""
        return cls(statistics.median(values), min(values), max(values))


def rates(segments: Sequence[dict[str, float]]) -> list[float]:
    """How much was done a second in each segment."""
    return [segment["count"] / segment["seconds"] for segment in segments]


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread | None:
    """The spread of the ratio round by round, each round on its own.

    Both ran in the same round, so that what the machine did besides bears on both.

    Args:
        ours: The first one's rate in each round.
        theirs: The other one's rate in each round; it may have stopped earlier.

    Returns:
        The spread, or `None` if there is no round that both finished.
    """
    pairs = list(zip(ours, theirs, strict=False))
    return Spread.of([a / b for a, b in pairs]) if pairs else None
