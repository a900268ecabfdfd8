import json

import pytest

from benchmarks import machine, results


def test_a_work_takes_its_own_place_in_the_file_of_its_machine(tmp_path):
    name = "2 CPU cores, x86_64"
    results.store(name, "stall", {"rounds": 1}, tmp_path)
    results.store(name, "one_image", {"rounds": 1}, tmp_path)
    path = results.store(name, "stall", {"rounds": 5}, tmp_path)
    assert path.name == "2-cpu-cores-x86-64.json"
    assert json.loads(path.read_text()) == {
        "machine": name,
        "works": {"stall": {"rounds": 5}, "one_image": {"rounds": 1}},
    }
    assert [found["machine"] for found in results.load_all(tmp_path)] == [name]


def test_nothing_half_written_is_left(tmp_path, monkeypatch):
    path = tmp_path / "file.json"
    results.write_whole(path, b"whole")

    def fail(*paths):
        raise OSError("disk full")

    monkeypatch.setattr(results.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        results.write_whole(path, b"other")
    assert path.read_bytes() == b"whole"


def test_the_machine_names_the_gpus_that_were_used():
    assert machine.machine({"CPU", "A GPU"}) == f"{machine.machine({'CPU'})}, A GPU"
