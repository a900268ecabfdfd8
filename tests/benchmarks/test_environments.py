import hashlib
import pathlib
import re
import subprocess
import sys

import pytest

import benchmarks
from benchmarks import environments
from benchmarks.environments import OWN, EnvironmentFailedError, interpreter
from benchmarks.works import VAEZOO, WORKS

ROOT = pathlib.Path(benchmarks.__file__).parent
PEERS = sorted((ROOT / "peers").glob("*.txt"))


@pytest.fixture
def peer(tmp_path, monkeypatch):
    """A peer's file and environment; says what was run to install it."""
    monkeypatch.setattr(environments, "_ENVIRONMENTS", tmp_path / "envs")
    monkeypatch.setattr(environments, "_REQUIREMENTS", tmp_path)
    (tmp_path / "peer.txt").write_text("peer==1.0\n")
    commands = []

    def create(folder, with_pip):
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").touch()

    def run(command, **options):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(environments.venv, "create", create)
    monkeypatch.setattr(environments.subprocess, "run", run)
    monkeypatch.setattr(environments.sys, "platform", "linux")
    return commands


def test_vaezoo_runs_where_this_runs():
    assert interpreter(OWN, print) == sys.executable


def test_an_environment_is_made_once_and_again_for_other_versions(peer, tmp_path):
    said = []
    python = interpreter("peer", said.append)
    assert python == str(tmp_path / "envs/peer/bin/python")
    assert interpreter("peer", said.append) == python
    assert len(peer) == len(said) == 1
    (tmp_path / "peer.txt").write_text("peer==2.0\n")
    interpreter("peer", said.append)
    assert len(peer) == 2


def test_what_cannot_be_installed_says_why_and_is_tried_again(
    peer, tmp_path, monkeypatch
):
    def fail(command, **options):
        output = "WARNING: x\nERROR: No matching distribution for peer==1.0\nHint\n"
        raise subprocess.CalledProcessError(1, command, stderr=output)

    with monkeypatch.context() as patch:
        patch.setattr(environments.subprocess, "run", fail)
        with pytest.raises(EnvironmentFailedError, match="ERROR: No matching"):
            interpreter("peer", str)
    interpreter("peer", str)
    digest = hashlib.sha256(b"peer==1.0\n").hexdigest()
    assert (tmp_path / "envs/peer/.ready").read_text() == digest


@pytest.mark.parametrize("path", PEERS, ids=lambda path: path.stem)
def test_requirements_are_versions_and_nothing_else(path):
    for line in path.read_text("utf-8").splitlines():
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*", line)


def test_every_contender_has_its_worker_and_its_environment():
    for work in WORKS:
        names = [entry.name for entry in work.entries]
        assert len(set(names)) == len(names)
        assert work.entries[0] == VAEZOO
        for entry in work.entries:
            assert (ROOT / "workers" / f"{entry.module}.py").exists()
            assert entry.environment in {OWN, *(path.stem for path in PEERS)}
