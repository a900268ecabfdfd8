"""A worker that is killed stops the others; all started again end alike."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest

import vaezoo

RECIPE = pathlib.Path(__file__).parent / "recipe.py"


def train(*arguments):
    command = [sys.executable, "-m", "vaezoo", "train", RECIPE, *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=900
    )


@pytest.mark.slow
def test_a_killed_worker(tmp_path):
    alone, several = ["--out", tmp_path / "alone"], ["--out", tmp_path / "several"]
    assert train(*alone).returncode == 0
    several += ["--workers", "2"]
    killed = train(*several, "--die")
    assert killed.returncode == 1
    assert "worker 1 ended with exit code -9" in killed.stderr
    assert not (tmp_path / "several" / "tiny").exists()
    resumed = train(*several, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert len(resumed.stdout.split()) == 4  # "losses", and those of all epochs
    expected = vaezoo.load(tmp_path / "alone" / "tiny").get_weights()
    found = vaezoo.load(tmp_path / "several" / "tiny").get_weights()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, 1e-4, 1e-5)
