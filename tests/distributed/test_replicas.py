"""Two replicas end with what one makes of the same batches."""

import functools
import importlib.util
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from vaezoo.distributed import run_local_workers

PROGRAM = pathlib.Path(__file__).parent / "trainings.py"


@pytest.fixture(scope="module")
def trainings():
    spec = importlib.util.spec_from_file_location("trainings", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check(trainings, found, *names):
    for name in names:
        for key, expected in alone(trainings, name).items():
            # float16 rounds the sums of half a batch otherwise.
            tolerance = 5e-3 if name == "half" else 1e-4
            np.testing.assert_allclose(
                found[key], expected, tolerance, tolerance / 10, err_msg=key
            )


@functools.cache
def alone(trainings, name):
    """What one replica makes of a case, in this process."""
    return trainings.run(None, getattr(trainings, name))


def read(path):
    with np.load(path) as arrays:
        return dict(arrays)


def run_mirrored(tmp_path, *names):
    command = [sys.executable, PROGRAM, "mirrored", tmp_path / "found", *names]
    subprocess.run(command, check=True, timeout=600)
    return read(tmp_path / "found0.npz")


def test_mirrored(trainings, tmp_path):
    check(trainings, run_mirrored(tmp_path, "arrays"), "arrays")


@pytest.mark.slow
def test_mirrored_in_every_case(trainings, tmp_path):
    names = ("weighted", "convolutional", "conditional", "half")
    check(trainings, run_mirrored(tmp_path, *names), *names)


@pytest.fixture(scope="module")
def two_workers(trainings, tmp_path_factory):
    """The files of two workers, after all cases."""
    path = tmp_path_factory.mktemp("workers") / "found"
    names = [case.__name__ for case in trainings.CASES]
    program = [sys.executable, PROGRAM, "workers", path, *names, "refusal"]
    run_local_workers(program, 2)
    return [read(f"{path}{index}.npz") for index in range(2)]


@pytest.mark.slow
def test_workers(trainings, two_workers):
    names = [case.__name__ for case in trainings.CASES]
    for found in two_workers:
        check(trainings, found, *names)


@pytest.mark.slow
def test_workers_that_differ(two_workers):
    for found in two_workers:
        assert "the same data, weights and epoch" in str(found["refusal"])
        assert str(found["refusal"]).endswith("Received: another data")
