"""Hostile files whose digests are right, in a process of limited memory and time."""

import json
import pathlib
import subprocess
import sys

import pytest

pytest.importorskip("resource", reason="memory cannot be limited here")

PROGRAM = pathlib.Path(__file__).with_name("resigned.py")


def run(folder, first, count):
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(folder), str(first), str(count)],
        capture_output=True,
        text=True,
        timeout=3600,
    )
    # A crash of a parser written in C: the last line says of which file.
    assert done.returncode == 0, done.stderr[-1000:]
    return json.loads(done.stdout)


def check(folder, first, count):
    result = run(folder, first, count)
    assert result.pop("bad_ones") == []
    assert result["refused"] > count / 4  # most are
    assert result["loaded"] > 0  # a byte that does not matter


def test_hostile_files_with_the_right_digests(folder):
    check(folder, 0, 30)


@pytest.mark.slow
def test_thousands_of_hostile_files_with_the_right_digests(folder):
    check(folder, 1000, 1000)
