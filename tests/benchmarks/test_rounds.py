import json
import os

import pytest

from benchmarks.contender import ContenderError
from benchmarks.rounds import command, rotated, take_turns


class Fake:
    """A contender without a process; `journal` holds the order of all."""

    def __init__(self, name, journal, segments=("fit",), fails_at=None):
        self.name = name
        self.about = {
            "segments": list(segments),
            "device": "CPU",
            "versions": {},
            "set_up_seconds": 2.0,
        }
        self._journal = journal
        self._fails_at = fails_at

    def run(self, segment):
        self._journal.append((self.name, segment))
        if sum(name == self.name for name, _ in self._journal) == self._fails_at:
            raise ContenderError("out of memory")
        return {"count": 10, "seconds": 0.1 * len(self._journal)}

    def report(self):
        return {"peak_memory_bytes": 7}


@pytest.mark.parametrize(
    ("turn", "order"), [(0, "abc"), (1, "bca"), (2, "cab"), (3, "abc")]
)
def test_each_turn_another_one_begins(turn, order):
    assert rotated("abc", turn) == list(order)
    assert rotated([], turn) == []


def test_all_are_warmed_up_and_then_take_turns():
    journal, said = [], []
    results = take_turns([Fake(name, journal) for name in "ab"], 3, said.append)
    assert "".join(name for name, _ in journal) == "ab" + "ab" + "ba" + "ab"
    a = results["a"]
    assert a["first_seconds"] == {"fit": pytest.approx(0.1)}
    assert [run["seconds"] for run in a["segments"]["fit"]] == pytest.approx(
        [0.3, 0.6, 0.7]
    )
    assert (a["peak_memory_bytes"], a["device"]) == (7, "CPU")
    assert [line.split(":")[0].strip() for line in said[2:]] == [
        f"round {turn} of 3" for turn in (1, 2, 3)
    ]


def test_the_segments_of_a_round_are_side_by_side_too():
    journal = []
    fakes = [Fake(name, journal, ["encode", "sample"]) for name in "ab"]
    take_turns(fakes, 1, str)
    assert journal[4:] == [(n, s) for s in ("encode", "sample") for n in "ab"]


@pytest.mark.parametrize("fails_at", [1, 3])
def test_who_fails_drops_out_with_the_reason(fails_at):
    journal, said = [], []
    fakes = [Fake("good", journal), Fake("bad", journal, fails_at=fails_at)]
    results = take_turns(fakes, 5, said.append)
    assert results["bad"] == {"failed": "out of memory"}
    assert len(results["good"]["segments"]["fit"]) == 5
    assert [name for name, _ in journal].count("bad") == fails_at
    assert "  bad: failed, out of memory" in said


def test_a_worker_is_a_module_with_its_settings():
    python, *module, settings = command(os.devnull, "torch_models", {"images": 3})
    assert (python, module) == (os.devnull, ["-m", "benchmarks.workers.torch_models"])
    assert json.loads(settings) == {"images": 3}
