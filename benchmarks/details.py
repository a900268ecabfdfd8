"""All that was measured on one machine, every contender a row."""

from collections.abc import Iterator
from typing import Any

from benchmarks.figures import figure, spread
from benchmarks.ratios import Spread, rates, ratio
from benchmarks.rows import first_step, memory

_HEAD = (
    "| contender | segment | rate, median (range) | vaezoo's ratio to it "
    "| first time takes longer by | imports and building | peak memory | device |\n"
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |"
)


def details(result: dict[str, Any]) -> str:
    """The results of one machine as Markdown, one table a work.

    Args:
        result: What is in its file.
    """
    parts = [f"# {result['machine']}"]
    parts += [
        _work(work) for name, work in result["works"].items() if name != "scaling"
    ]
    return "\n\n".join(parts)


def _work(work: dict[str, Any]) -> str:
    about = f"{work['data']}; {work['rounds']} rounds; {work['date']}; revision "
    rows = [row for name in work["contenders"] for row in _rows(work, name)]
    versions = sorted(
        {
            f"{package} {version}"
            for contender in work["contenders"].values()
            for package, version in contender.get("versions", {}).items()
        }
    )
    head = f"## {work['title']} ({work['unit']}/s)\n\n{about}{work['revision']}."
    return "\n".join([head, "", _HEAD, *rows, "", f"Versions: {', '.join(versions)}."])


def _rows(work: dict[str, Any], name: str) -> Iterator[str]:
    contender = work["contenders"][name]
    if "failed" in contender:
        yield f"| {name} | not run: {contender['failed']} | | | | | | |"
        return
    longer = first_step(contender)
    ours = work["contenders"]["vaezoo"].get("segments", {})
    for segment, runs in contender["segments"].items():
        found = ratio(rates(ours.get(segment, [])), rates(runs))
        median, low, high = map(figure, Spread.of(rates(runs)))
        cells = (
            name,
            segment,
            f"{median} ({low} to {high})",
            spread(found) if found else "",
            f"{longer[segment]:.2f} s" if segment in longer else "",
            f"{contender['set_up_seconds']:.1f} s",
            memory(contender)[1],
            contender["device"],
        )
        yield f"| {' | '.join(cells)} |"
