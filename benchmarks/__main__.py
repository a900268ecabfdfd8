"""Runs the benchmarks: see `python -m benchmarks --help`."""

import argparse
import dataclasses
import pathlib
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from benchmarks import results, scaling
from benchmarks.contender import Contender
from benchmarks.data import write_images
from benchmarks.environments import EnvironmentFailedError, interpreter
from benchmarks.machine import machine, revision, today
from benchmarks.rounds import command, measure
from benchmarks.works import WORKS, Entry, Work


def main(argv: Sequence[str] | None = None) -> None:
    """Sets up the peers, runs the works one after another and keeps their results.

    Args:
        argv: The arguments; by default those of the process.
    """
    arguments = _parser().parse_args(argv)
    chosen = arguments.only or [*(work.name for work in WORKS), scaling.NAME]
    works = [work for work in WORKS if work.name in chosen]
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        session = Session(arguments, pathlib.Path(scratch))
        for work in works:
            session.run(work)
        if scaling.NAME in chosen:
            session.run_scaling()
    say(f"All of it took {(time.perf_counter() - start) / 60:.1f} minutes")


def say(text: str) -> None:
    """Prints at once, so that progress is seen in a pipe too."""
    print(text, flush=True)


class Session:
    """One run of the program: its data, its interpreters and where results go.

    Args:
        arguments: Those of the command line.
        scratch: Folder for what is not kept.
    """

    def __init__(self, arguments: argparse.Namespace, scratch: pathlib.Path) -> None:
        self._arguments = arguments
        self._scratch = scratch
        self._images = scratch / "images.npy"
        self._data = write_images(self._images)
        say(f"Data: {self._data}")

    def run(self, work: Work) -> None:
        """Measures one work and keeps the result."""
        start = time.perf_counter()
        say(f"{work.name}: {work.title}")
        entries = work.entries[:1] if self._arguments.skip_peers else work.entries
        prepared = {entry.name: self._contender(work, entry) for entry in entries}
        ready = [one for one in prepared.values() if isinstance(one, Contender)]
        measured = measure(ready, self._arguments.rounds, say)
        contenders = {
            entry.name: {
                "library": entry.library,
                **measured.get(entry.name, {"failed": prepared[entry.name]}),
            }
            for entry in entries
        }
        self._keep(work.name, _described(work), contenders)
        say(f"  took {time.perf_counter() - start:.0f} s")

    def run_scaling(self) -> None:
        """Measures how vaezoo's speed depends on sizes, and draws it."""
        start = time.perf_counter()
        say(f"{scaling.NAME}: {scaling.TITLE}")
        worker = command(sys.executable, "scaling_points", scaling.SETTINGS)
        contender = Contender("vaezoo", worker, self._scratch / "scaling.log")
        rounds = min(self._arguments.rounds, scaling.ROUNDS)
        contenders = measure([contender], rounds, say)
        path = self._keep(scaling.NAME, {"title": scaling.TITLE}, contenders)
        if path and "failed" not in contenders["vaezoo"]:
            scaling.draw(contenders["vaezoo"]["segments"], path.with_suffix(".png"))
        say(f"  took {time.perf_counter() - start:.0f} s")

    def _contender(self, work: Work, entry: Entry) -> Contender | str:
        """The contender, or why there is none."""
        settings = {
            "data": str(self._images),
            "variant": "",
            **work.settings,
            **entry.settings,
        }
        try:
            python = interpreter(entry.environment, lambda text: say(f"  {text}"))
        except EnvironmentFailedError as error:
            say(f"  {entry.name}: {error}")
            return str(error)
        log = self._scratch / f"{work.name}-{entry.name}.log".replace(" ", "-")
        worker = command(python, entry.module, self._shortened(settings))
        return Contender(entry.name, worker, log)

    def _shortened(self, settings: dict[str, Any]) -> dict[str, Any]:
        """A quick look makes do with a quarter of the images and of the time."""
        if not self._arguments.quick:
            return settings
        short = dict(settings)
        if "images" in short and short["images"] >= 4 * 128:
            short["images"] //= 4
        if "seconds" in short:
            short["seconds"] /= 4
        return short

    def _keep(
        self, name: str, about: dict[str, Any], contenders: dict[str, Any]
    ) -> pathlib.Path | None:
        if self._arguments.quick or self._arguments.skip_peers:
            say("  not kept: a quick look, or without the peers")
            return None
        devices = {c["device"] for c in contenders.values() if "device" in c}
        result = {
            **about,
            "date": today(),
            "revision": revision(),
            "data": self._data,
            "rounds": self._arguments.rounds,
            "contenders": contenders,
        }
        path = results.store(machine(devices), name, result)
        say(f"  kept in {path.name}")
        return path


def _described(work: Work) -> dict[str, Any]:
    return {
        "title": work.title,
        "unit": work.unit,
        "settings": dict(work.settings),
        "entries": [dataclasses.asdict(entry) for entry in work.peers],
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Runs the same work with vaezoo and its peers, in turns, and keeps "
        "what was measured in benchmarks/results/. The peers' environments are set up "
        "in benchmarks/.envs/ at the first use, which downloads about 1.5 GB.",
    )
    names = [*(work.name for work in WORKS), scaling.NAME]
    parser.add_argument(
        "--only",
        action="append",
        choices=names,
        metavar="WORK",
        help=f"measure this work, any number of times; one of {', '.join(names)}",
    )
    parser.add_argument(
        "--rounds",
        type=_positive,
        default=5,
        metavar="N",
        help="how many times the contenders take turns (default: %(default)s)",
    )
    parser.add_argument(
        "--quick", action="store_true", help="a short look, which is not kept"
    )
    parser.add_argument(
        "--skip-peers",
        action="store_true",
        help="vaezoo alone; nothing is installed, and nothing kept",
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1. Received: {number}")
    return number


if __name__ == "__main__":
    main()
