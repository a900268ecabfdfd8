"""Several processes at one folder: each export gets a version, and none is torn."""

import json
import subprocess
import sys
import threading

import pytest

from vaezoo.zoo import atomic_version_folder, next_version
from vaezoo.zoo.catalog import version_numbers

WRITER = """
import pathlib, sys
from vaezoo.zoo.folder import atomic_version_folder

folder, count, version = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
def seal(hidden, number):
    (hidden / "sealed").write_text(str(number))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(count):
    number = None if version == "next" else int(version)
    with atomic_version_folder(folder, number, seal) as hidden:
        for name in "abcdef":
            (hidden / name).write_text("whole")
"""


@pytest.fixture
def start():
    """From a program and its arguments to a process that waits to be `let_go`."""
    processes = []

    def begin(program, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


def let_go(processes):
    """Starts them at once, when all are there; returns what they wrote at the end."""
    for process in processes:
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    return [process.communicate(timeout=1200) for process in processes]


class Watching(threading.Thread):
    """Looks at the highest version as long as others are made, as a server does."""

    def __init__(self, folder, look):
        super().__init__()
        self.folder, self.look = folder, look
        self.seen, self.torn, self.over = set(), [], threading.Event()

    def run(self):
        while not self.over.is_set():
            for version in version_numbers(self.folder)[-1:]:
                try:
                    self.look(self.folder / str(version))
                except Exception as error:
                    self.torn.append(error)
                self.seen.add(version)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        self.join()


def check_whole(version):
    assert (version / "sealed").read_text() == version.name
    assert {(version / name).read_text() for name in "abcdef"} == {"whole"}


def test_each_of_many_exports_gets_a_version_of_its_own(tmp_path, start):
    folder = tmp_path / "new" / "model"
    processes = [start(WRITER, folder, 15, "next") for _ in range(3)]
    with Watching(folder, check_whole) as watching:
        results = let_go(processes)
    assert [error for _, error in results] == [""] * 3
    assert not watching.torn
    assert version_numbers(folder) == list(range(1, 46))
    for version in folder.iterdir():
        check_whole(version)  # ... and nothing else is there


def test_of_two_exports_of_one_version_one_is_told(tmp_path, start):
    processes = [start(WRITER, tmp_path / "model", 1, 7) for _ in range(2)]
    errors = [error for _, error in let_go(processes)]
    assert sorted(error.count("never overwritten") for error in errors) == [0, 1]
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["7"]
    check_whole(tmp_path / "model" / "7")


@pytest.mark.parametrize("taken", [{2}, {2, 3}])
def test_who_loses_the_race_takes_the_next_number(tmp_path, taken):
    (tmp_path / "1").mkdir()
    sealed = []

    def seal(hidden, number):
        sealed.append(number)
        (hidden / "sealed").write_text(str(number))
        if number in taken:  # Another one is faster, in between.
            (tmp_path / str(number)).mkdir()
            (tmp_path / str(number) / "theirs").touch()

    with atomic_version_folder(tmp_path, seal=seal) as hidden:
        (hidden / "ours").touch()
    assert sealed == [2, *sorted({n + 1 for n in taken})]
    last = tmp_path / str(sealed[-1])
    assert sorted(path.name for path in last.iterdir()) == ["ours", "sealed"]
    assert (last / "sealed").read_text() == last.name
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        str(n) for n in range(1, sealed[-1] + 1)
    ]


def test_a_folder_that_is_not_empty_is_not_replaced(tmp_path):
    """What `rename` says of it is not for users."""
    with (
        pytest.raises(FileExistsError, match=r"never overwritten.*Received: .*/3'"),
        atomic_version_folder(tmp_path, 3, lambda *_: block(tmp_path / "3")),
    ):
        pass
    assert [path.name for path in tmp_path.rglob("*")] == ["3", "theirs"]


def block(folder):
    folder.mkdir()
    (folder / "theirs").touch()


def test_a_parent_that_goes_away_is_made_again(tmp_path, monkeypatch):
    """Another export that fails takes its own empty folder with it."""
    from vaezoo.zoo import folder as module

    made, going = module._make_folder, [2]

    def make(path, exist_ok=False):
        if path.name.startswith(".") and going[0]:
            going[0] -= 1
            path.parent.rmdir()
        made(path, exist_ok)

    monkeypatch.setattr(module, "_make_folder", make)
    with atomic_version_folder(tmp_path / "model") as hidden:
        (hidden / "file").touch()
    assert (tmp_path / "model" / "1" / "file").exists()


def test_a_version_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    import os

    synced = []
    real = os.fsync

    def fsync(descriptor):
        visible = (tmp_path / "1").exists()
        synced.append((os.fstat(descriptor).st_ino, visible))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with atomic_version_folder(tmp_path) as hidden:
        (hidden / "sub").mkdir()
        (hidden / "sub" / "file").write_text("content")
    before = {inode for inode, visible in synced if not visible}
    for path in ("1", "1/sub", "1/sub/file"):
        assert (tmp_path / path).stat().st_ino in before
    assert (tmp_path.stat().st_ino, True) in synced


# --- whole models ---------------------------------------------------------------------

EXPORTER = """
import sys
import keras, vaezoo
keras.utils.set_random_seed(int(sys.argv[2]))
model = vaezoo.FullyConnectedVAE((4, 4, 1), latent_dim=2, hidden_units=(5,))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(2):
    print(vaezoo.export(model, sys.argv[1]).name)
"""

LOADER = """
import json, pathlib, sys
import numpy as np
import vaezoo
folder = pathlib.Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
seen = {}
while len(seen) < 4:
    if not folder.is_dir() or not any(p.name.isdigit() for p in folder.iterdir()):
        continue
    before = seen.keys() | {0}
    model = vaezoo.load(folder)
    version = vaezoo.info(folder).version
    seen[version] = float(np.abs(model.get_weights()[0]).sum())
    if version == 4:
        break
print(json.dumps(seen))
"""


@pytest.mark.slow
def test_real_exports_while_others_load(tmp_path, start):
    import vaezoo

    folder = tmp_path / "tiny"
    processes = [start(EXPORTER, folder, seed) for seed in (1, 2)]
    processes.append(start(LOADER, folder))
    (first, errors), (second, more), (seen, last) = let_go(processes)
    codes = [process.returncode for process in processes]
    assert codes == [0, 0, 0], errors[-2000:] + more[-2000:] + last[-2000:]
    assert sorted([*first.split(), *second.split()]) == ["1", "2", "3", "4"]
    assert json.loads(seen.splitlines()[-1])
    assert next_version(folder) == 5
    assert sorted(path.name for path in folder.iterdir()) == ["1", "2", "3", "4"]
    for version in range(1, 5):
        assert vaezoo.info(folder, version).version == version
        vaezoo.load(folder, version=version)
