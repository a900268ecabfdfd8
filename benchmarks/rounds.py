"""Contenders side by side: all are warmed up, then they take turns."""

import contextlib
import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from benchmarks.contender import Contender, ContenderError
from benchmarks.ratios import rates

Progress = Callable[[str], None]
_T = TypeVar("_T")


class Runner(Protocol):
    """What is asked of a contender; see `Contender`."""

    name: str
    about: dict[str, Any]

    def run(self, segment: str) -> dict[str, Any]:
        """One timed segment."""

    def report(self) -> dict[str, Any]:
        """What is known at the end."""


def rotated(items: Sequence[_T], turn: int) -> list[_T]:
    """The items in another order at each turn: a different one begins."""
    start = turn % len(items) if items else 0
    return [*items[start:], *items[:start]]


def measure(
    contenders: Sequence[Contender], rounds: int, progress: Progress
) -> dict[str, dict[str, Any]]:
    """Starts the contenders, lets them take turns, and ends them.

    Args:
        contenders: Those that take part, not yet started.
        rounds: How many segments of each kind each of them runs.
        progress: Is told what happens.

    Returns:
        For each contender either `failed`, the reason, or what it is (`device`,
        `versions`), `set_up_seconds`, `peak_memory_bytes`, `first_seconds` of each
        segment (the one that warmed it up) and the `segments` of all rounds.
    """
    with contextlib.ExitStack() as stack:
        runners, failed = [], {}
        for contender in contenders:
            progress(f"  {contender.name}: starting")
            try:
                runners.append(stack.enter_context(contender))
            except (ContenderError, OSError) as error:
                failed[contender.name] = {"failed": str(error)}
                progress(f"  {contender.name}: failed, {error}")
        results = take_turns(runners, rounds, progress) | failed
    return {contender.name: results[contender.name] for contender in contenders}


def take_turns(
    runners: Sequence[Runner], rounds: int, progress: Progress
) -> dict[str, dict[str, Any]]:
    """Warms all of them up, and then runs the rounds; see `measure`.

    Args:
        runners: Contenders that are ready.
        rounds: Number of rounds.
        progress: Is told what happens.
    """
    turns = _Turns(runners, progress)
    for runner in runners:
        turns.attempt(runner, turns.warm_up)
    for turn in range(rounds):
        for segment in dict.fromkeys(s for r in runners for s in r.about["segments"]):
            for runner in rotated(runners, turn):
                if segment in runner.about["segments"]:
                    turns.attempt(runner, turns.run, segment)
        progress(f"  round {turn + 1} of {rounds}: {turns.last_rates()}")
    for runner in runners:
        turns.attempt(runner, turns.report)
    return turns.results


def command(python: str, module: str, settings: Mapping[str, Any]) -> list[str]:
    """How a worker is started."""
    return [python, "-m", f"benchmarks.workers.{module}", json.dumps(dict(settings))]


class _Turns:
    """The results so far; a contender that fails leaves its reason and drops out."""

    def __init__(self, runners: Sequence[Runner], progress: Progress) -> None:
        self.results = {runner.name: _blank(runner.about) for runner in runners}
        self._progress = progress

    def attempt(self, runner: Runner, action: Callable[..., None], *args: Any) -> None:
        """Does something with a contender that has not failed yet."""
        if "failed" in self.results[runner.name]:
            return
        try:
            action(runner, *args)
        except ContenderError as error:
            self.results[runner.name] = {"failed": str(error)}
            self._progress(f"  {runner.name}: failed, {error}")

    def warm_up(self, runner: Runner) -> None:
        """Runs every segment once, untold but for its time."""
        for segment in runner.about["segments"]:
            seconds = runner.run(segment)["seconds"]
            self._progress(f"  {runner.name}: {segment} warmed up in {seconds:.1f} s")
            self.results[runner.name]["first_seconds"][segment] = seconds

    def run(self, runner: Runner, segment: str) -> None:
        """Runs a segment that counts."""
        self.results[runner.name]["segments"][segment].append(runner.run(segment))

    def report(self, runner: Runner) -> None:
        """Takes what is known at the end."""
        self.results[runner.name] |= runner.report()

    def last_rates(self) -> str:
        """The rates of the last round, in few words."""
        parts = []
        for name, result in self.results.items():
            runs = [runs[-1] for runs in result.get("segments", {}).values() if runs]
            if runs:
                parts.append(f"{name} {statistics.median(rates(runs)):,.0f}/s")
        return "; ".join(parts)


def _blank(about: Mapping[str, Any]) -> dict[str, Any]:
    known = {key: value for key, value in about.items() if key != "segments"}
    segments = {segment: [] for segment in about["segments"]}
    return {**known, "first_seconds": {}, "segments": segments}
