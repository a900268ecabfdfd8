"""Processes that train are killed at random moments; the last one ends as one alone."""

import functools
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading

import pytest

if not hasattr(os, "fork") or not os.path.isdir("/proc/self/task"):
    pytest.skip("forks, and counts threads in /proc", allow_module_level=True)

pytestmark = pytest.mark.slow

SEEDS, KINDS, KILLS = 21, 6, 3
PROGRAM = pathlib.Path(__file__).with_name("killed_training.py")


class Trainer:
    """The program that forks a process for each training."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        self.threads = json.loads(self._process.stdout.readline())["threads"]

    def run(self, folder, kind, kill=None, **order):
        """Trains; with `kill`, until the signal that comes after so many seconds.

        Returns:
            How the process ended, and what it said.
        """
        output = pathlib.Path(f"{folder}.out")
        order |= {"folder": str(folder), "seed": kind, "output": str(output)}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        child = int(self._process.stdout.readline())
        timer = None
        if kill is not None:
            number, seconds = kill
            timer = threading.Timer(seconds, os.kill, (child, number))
            timer.start()
        code = int(self._process.stdout.readline())
        if timer is not None:
            timer.cancel()
            timer.join()
        return code, output.read_text()

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture(scope="module")
def trainer():
    trainer = Trainer()
    yield trainer
    trainer.close()


@pytest.fixture(scope="module")
def survived():
    """Counts what has been survived, for the report."""
    counts = {"SIGKILL": 0, "SIGTERM": 0, "inside a run": 0}
    yield counts
    print(counts)


def test_the_program_has_no_thread_when_it_forks(trainer):
    assert trainer.threads == 1


@pytest.fixture(scope="module")
def whole(trainer, tmp_path_factory):
    """What each kind of training ends with, in how many seconds, and its folder."""

    @functools.cache
    def train(kind):
        folder = tmp_path_factory.mktemp("whole") / "run"
        started = os.times().elapsed
        code, said = trainer.run(folder, kind)
        assert code == 0, said
        return json.loads(said), os.times().elapsed - started, folder

    return train


@pytest.mark.parametrize("seed", range(SEEDS))
def test_killed_at_random_moments(trainer, whole, survived, seed, tmp_path):
    kind = seed % KINDS
    result, seconds, _ = whole(kind)
    draw = random.Random(seed)
    folder = tmp_path / "parts"
    for _ in range(KILLS):
        number = draw.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM])
        code, said = trainer.run(
            folder, kind, (number, seconds * draw.uniform(0.05, 1.0))
        )
        if code == 0:
            break
        name = signal.Signals(number).name
        # SIGTERM ends a process that is not yet, or no longer, in `fit` at once.
        assert code in (-number, 128 + number), said
        survived[name] += 1
        survived["inside a run"] += any(folder.glob("*.checkpoint"))
        if code == 128 + number:
            assert "`--resume` continues" in said
    code, said = trainer.run(folder, kind)
    assert code == 0, said
    assert json.loads(said) == result


def test_disk_that_is_really_full(trainer, whole, tmp_path):
    """The kernel refuses to write more than so many bytes into a file."""
    kind = 1
    result, _, folder = whole(kind)
    sizes = [path.stat().st_size for path in folder.glob("*.checkpoint")]
    folder = tmp_path / "parts"
    # The checkpoints grow, with the history and the best weights.
    code, said = trainer.run(folder, kind, limit=max(sizes) - 500)
    assert code == 1
    assert "Expected to write a checkpoint; the last one" in said
    assert "File too large" in said
    assert list(folder.glob("*.checkpoint"))
    assert not list(folder.glob(".writing-*"))
    code, said = trainer.run(folder, kind)
    assert code == 0, said
    assert json.loads(said) == result
