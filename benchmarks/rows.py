"""The rows of the table: of each work, vaezoo beside each library's best variant."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from benchmarks.figures import figure, spread
from benchmarks.ratios import Spread, rates, ratio

# A step that lasts this long without computing anything is a stall, seconds.
STALL = 0.3


class Row(NamedTuple):
    """One row, as text."""

    work: str
    peer: str
    ratio: str
    ours: str
    theirs: str


def speed_rows(work: dict[str, Any]) -> Iterator[Row]:
    """A row for each segment and library; the faster one is vaezoo above a ratio of 1.

    Args:
        work: The result of a work.
    """
    ours = work["contenders"]["vaezoo"]
    for segment in ours.get("segments", {}):
        title = work["title"]
        if len(ours["segments"]) > 1:
            title = f"{title}, {_segment_title(segment)}"
        for library in _libraries(work):
            yield _speed_row(work, title, segment, library)
    yield from _failed_rows(work)


def training_rows(work: dict[str, Any]) -> Iterator[Row]:
    """The rows of speed, and what a training run takes in memory and at its start."""
    yield from speed_rows(work)
    contenders = work["contenders"]
    ours, theirs = contenders["vaezoo"], contenders.get("Keras example", {})
    if "failed" in ours or "segments" not in theirs:
        return
    for what, value in (("peak memory", memory), ("start to first fit", start_up)):
        yield Row(
            f"{work['title'].split(',')[0]}, {what}",
            "Keras example",
            _short(value(theirs)[0] / value(ours)[0]),
            value(ours)[1],
            value(theirs)[1],
        )


def stall_rows(work: dict[str, Any]) -> Iterator[Row]:
    """How long `fit` stood still at most."""
    ours, *others = work["contenders"].items()
    for name, theirs in others:
        yield Row(work["title"], name, "", stalls(ours[1]), stalls(theirs))


def memory(contender: dict[str, Any]) -> tuple[float, str]:
    """The largest resident size, in bytes and as text."""
    size = contender["peak_memory_bytes"]
    return size, f"{size / 1e6:,.0f} MB"


def start_up(contender: dict[str, Any]) -> tuple[float, str]:
    """Imports, building, and what the first segments took longer than the later ones.

    Returns:
        The sum in seconds, and it as text.
    """
    seconds = contender["set_up_seconds"] + sum(first_step(contender).values())
    return seconds, f"{seconds:.1f} s"


def first_step(contender: dict[str, Any]) -> dict[str, float]:
    """What each segment took longer the first time: tracing and compilation.

    Segments that work for a fixed time, and not for a fixed count, are left out.
    """
    found = {}
    for segment, runs in contender["segments"].items():
        if runs and len({run["count"] for run in runs}) == 1:
            usual = Spread.of([run["seconds"] for run in runs]).median
            found[segment] = max(contender["first_seconds"][segment] - usual, 0.0)
    return found


def stalls(contender: dict[str, Any]) -> str:
    """The longest gap, and how many fits had one that counts as a stall."""
    if "failed" in contender:
        return contender["failed"]
    gaps = [gap for run in contender["segments"]["fit"] for gap in run["gaps"]]
    long = sum(gap > STALL for gap in gaps)
    return f"{long} of {len(gaps)} fits above {STALL:g} s; longest {max(gaps):.2f} s"


def _speed_row(work: dict[str, Any], title: str, segment: str, library: str) -> Row:
    ours = rates(work["contenders"]["vaezoo"]["segments"][segment])
    name, theirs = _best(work, segment, library)
    found = ratio(ours, theirs)
    per_second = f"{work['unit']}/s"
    return Row(
        title,
        name,
        spread(found) if found else "",
        f"{figure(Spread.of(ours).median)} {per_second}",
        f"{figure(Spread.of(theirs).median)} {per_second}",
    )


def _libraries(work: dict[str, Any]) -> list[str]:
    """The libraries with at least one contender that ran."""
    contenders = list(work["contenders"].values())[1:]
    return list(dict.fromkeys(c["library"] for c in contenders if "failed" not in c))


def _best(work: dict[str, Any], segment: str, library: str) -> tuple[str, list[float]]:
    """The name and the rates of a library's fastest variant."""
    variants = {
        name: rates(contender["segments"][segment])
        for name, contender in work["contenders"].items()
        if contender["library"] == library and "failed" not in contender
    }
    return max(variants.items(), key=lambda item: Spread.of(item[1]).median)


def _failed_rows(work: dict[str, Any]) -> Iterator[Row]:
    """Those that could not run are not passed over."""
    for name, contender in work["contenders"].items():
        if "failed" in contender:
            yield Row(work["title"], name, "", "", f"not run: {contender['failed']}")


def _segment_title(segment: str) -> str:
    """A segment such as "fc encode" or "encode 256" in words."""
    first, second = segment.split()
    if second.isdigit():
        return f"`{first}`, {second} a call"
    return f"`{second}`, {'FC' if first == 'fc' else first}"


def _short(value: float) -> str:
    return f"{value:.2f}"


# In the order of the table.
ROWS: dict[str, Callable[[dict[str, Any]], Iterator[Row]]] = {
    "fc_training": training_rows,
    "conv_training": training_rows,
    "fc_inference": speed_rows,
    "conv_inference": speed_rows,
    "one_image": speed_rows,
    "fc_likelihood": speed_rows,
    "conv_likelihood": speed_rows,
    "stall": stall_rows,
}
