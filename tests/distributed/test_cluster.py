import json
import sys

import pytest

from vaezoo.distributed import (
    find_cluster,
    is_chief,
    local_workers,
    run_local_workers,
    training_scope,
)

WORKERS = {"worker": ["a:1", "b:1"]}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (None, (1, 0)),
        ({}, (1, 0)),
        ({"cluster": WORKERS, "task": {"type": "worker", "index": 0}}, (2, 0)),
        ({"cluster": WORKERS, "task": {"type": "worker", "index": 1}}, (2, 1)),
        (
            {
                "cluster": {**WORKERS, "chief": ["c:1"]},
                "task": {"type": "worker", "index": 0},
            },
            (3, 1),
        ),
        (
            {
                "cluster": {**WORKERS, "chief": ["c:1"]},
                "task": {"type": "chief", "index": 0},
            },
            (3, 0),
        ),
    ],
)
def test_find_cluster(monkeypatch, config, expected):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if config is not None:
        monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    assert find_cluster() == expected
    assert is_chief() == (expected[1] == 0)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "3",
        json.dumps({"cluster": WORKERS}),
        json.dumps({"cluster": WORKERS, "task": {"type": "worker", "index": 2}}),
        json.dumps({"cluster": WORKERS, "task": {"type": "ps", "index": 0}}),
    ],
)
def test_a_wrong_configuration(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ValueError, match="Expected TF_CONFIG as"):
        find_cluster()


def test_no_scope_without_a_cluster(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    import tensorflow as tf

    with training_scope():
        assert not tf.distribute.has_strategy()


def test_local_workers_know_who_they_are(tmp_path):
    code = (
        "import json, os, pathlib, sys; config = json.loads(os.environ['TF_CONFIG']); "
        "name = str(config['task']['index']); "
        "pathlib.Path(sys.argv[1], name).write_text(json.dumps(config['cluster']))"
    )
    run_local_workers([sys.executable, "-c", code, str(tmp_path)], 3)
    clusters = [json.loads((tmp_path / str(i)).read_text()) for i in range(3)]
    assert clusters[0] == clusters[1] == clusters[2]
    assert len(set(clusters[0]["worker"])) == 3


def test_a_worker_that_fails_stops_the_others(monkeypatch):
    monkeypatch.setattr(local_workers, "_PATIENCE", 0.1)
    code = (
        "import os, signal, sys; '\"index\": 1' in os.environ['TF_CONFIG'] "
        "and sys.exit(3); signal.pause()"
    )
    with pytest.raises(RuntimeError, match="worker 1 ended with exit code 3"):
        run_local_workers([sys.executable, "-c", code], 2)


def test_the_command_starts_workers(monkeypatch, tmp_path):
    from vaezoo import distributed
    from vaezoo.cli import main

    started = []
    monkeypatch.setattr(
        distributed, "run_local_workers", lambda *arguments: started.append(arguments)
    )
    recipe = tmp_path / "recipe.py"
    recipe.touch()
    assert main(["train", str(recipe), "--epochs", "2", "--workers", "3"]) == 0
    assert main(["train", str(recipe), "--workers=2"]) == 0
    program = [sys.executable, "-m", "vaezoo", "train", str(recipe)]
    assert started == [([*program, "--epochs", "2"], 3), (program, 2)]


def test_the_command_wants_a_number_of_workers(tmp_path, capsys):
    from vaezoo.cli import main

    recipe = tmp_path / "recipe.py"
    recipe.touch()
    assert main(["train", str(recipe), "--workers", "0"]) == 2
    assert "expected a positive integer" in capsys.readouterr().err
