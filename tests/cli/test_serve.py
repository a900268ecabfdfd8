import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import tensorflow as tf

from vaezoo.cli import serve, served_folders
from vaezoo.cli.serve_arguments import parse_labels
from vaezoo.zoo import ModelFileError, UnknownModelError, catalog


class Half(tf.Module):
    """x / 2, and something that takes long in proportion to n."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x")])
    def half(self, x):
        return {"y": x / 2}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int64, "n")])
    def slow(self, n):
        steps = tf.reduce_max(n)
        _, total = tf.while_loop(
            lambda i, total: i < steps,
            lambda i, total: (i + 1, total + tf.reduce_sum(tf.random.normal([100]))),
            (tf.constant(0, tf.int64), tf.constant(0.0)),
        )
        return {"n": n + tf.cast(total * 0, tf.int64)}


@pytest.fixture(scope="module")
def half(tmp_path_factory):
    """A folder with versions 1 and 2 of a small model."""
    base = tmp_path_factory.mktemp("served") / "half"
    module = Half()
    signatures = {
        "serving_default": module.half.get_concrete_function(),
        "slow": module.slow.get_concrete_function(),
    }
    tf.saved_model.save(module, os.fspath(base / "1"), signatures=signatures)
    shutil.copytree(base / "1", base / "2")
    return base


class Program:
    """`vaezoo serve` in a process of its own."""

    def __init__(self, *arguments):
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vaezoo", "serve", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.out = self.process.stdout.readline()
        self.models = self.process.stdout.readline()
        self.port = int(re.search(r"http://[\d.]+:(\d+)", self.out)[1])

    def ask(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("POST", "/v1/models/half:predict", json.dumps(body))
        response = connection.getresponse()
        answer = response.status, json.loads(response.read())
        connection.close()
        return answer

    def running(self):
        """How many predictions run."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("GET", "/monitoring/prometheus/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return int(re.search("^vaezoo_running (\\d+)", text, re.MULTILINE)[1])


def test_a_signal_lets_requests_finish(half, tmp_path):
    log = tmp_path / "access.jsonl"
    program = Program(half, "--port", 0, "--access-log", log)
    try:
        assert program.ask({"instances": [4]}) == (200, {"predictions": [2.0]})
        answers = []
        slow = {"signature_name": "slow", "instances": [20_000]}
        thread = threading.Thread(target=lambda: answers.append(program.ask(slow)))
        thread.start()
        while not program.running():
            assert thread.is_alive()
        program.process.send_signal(signal.SIGTERM)
        thread.join()
        assert answers == [(200, {"predictions": [20_000]})]
        _, err = program.process.communicate(timeout=120)
        assert program.process.returncode == 0, err
        assert program.models == "  half  version 2\n"
    finally:
        program.process.kill()
        program.process.communicate()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["status"] for line in lines if line.get("method") == "POST"] == [
        200
    ] * 2
    assert any("stopping" in line.get("event", "") for line in lines)


def test_a_port_in_use_is_told_before_anything_is_loaded(vaezoo_command, monkeypatch):
    monkeypatch.setattr(serve, "import_tensorflow", lambda: pytest.fail("loaded"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = vaezoo_command("serve", "tiny_k5_noise", "--port", port)
    assert (code, out) == (1, "")
    assert re.search(f"choose another with --port. Received: 127.0.0.1:{port}", err)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["other"], 1, "other"),
        (["tiny_k5_noise", "tiny_k5_noise"], 1, "'tiny_k5_noise' twice"),
        (["tiny_k5_noise", "--label", "stable"], 1, "Received: 'stable'"),
        (["--port", "70000"], 2, "at most 65535"),
        (["--port", "-1"], 2, "expected an integer >= 0"),
        (["--versions", "newest"], 2, "expected latest, all or a version's number"),
        (["--timeout", "soon"], 2, "expected a number >= 0"),
    ],
)
def test_bad_usage(vaezoo_command, monkeypatch, arguments, code, message):
    monkeypatch.setattr(serve, "import_tensorflow", lambda: pytest.fail("loaded"))
    received, out, err = vaezoo_command("serve", *arguments)
    assert (received, out) == (code, "")
    assert err.startswith("error: ")
    assert message in err


def test_a_model_that_cannot_be_loaded(vaezoo_command):
    # It has a card and weights, but was never exported.
    code, out, err = vaezoo_command(
        "serve", "tiny_k5_noise", "--port", 0, "--access-log", "none"
    )
    assert (code, out) == (1, "")
    assert "No model could be loaded. tiny_k5_noise: " in err


def test_help(vaezoo_command):
    code, out, _ = vaezoo_command("serve", "--help")
    assert code == 0
    assert "vaezoo serve conv_vae_mnist" in out
    assert "--batch-rows" in out


def test_what_a_name_stands_for(shipped, half, monkeypatch, tmp_path):
    monkeypatch.setattr(catalog, "models_root", lambda: shipped)
    find = served_folders.served_folders
    names = [served.name for served in find([])]
    assert names == ["tiny_k5_noise", "tiny_k50_noise"]
    (zoo,) = find(["tiny_k5_noise"])
    assert zoo == ("tiny_k5_noise", shipped / "tiny_k5_noise", None)
    assert find([str(half)]) == [("half", half, None)]
    assert find([f"{half}/1"]) == [("half", half, 1)]
    assert find([f"mine={half}"]) == [("mine", half, None)]
    assert find([f"mine={half}/2/"]) == [("mine", half, 2)]
    with pytest.raises(UnknownModelError):
        find(["other"])
    with pytest.raises(ModelFileError):
        find([str(tmp_path)])
    with pytest.raises(ValueError, match="Received: 'a b'"):
        find([f"a b={half}"])
    renamed = tmp_path / "export"
    shutil.copytree(half / "1", renamed)
    with pytest.raises(ValueError, match="to be named by a number"):
        find([str(renamed)])


def test_labels():
    models = ["a", "b"]
    assert parse_labels([], models) == {}
    assert parse_labels(["stable=1", "b:canary=2"], models) == {
        "a": {"stable": 1},
        "b": {"stable": 1, "canary": 2},
    }
    for text in ("stable", "=1", "stable=x", "stable=-1", "c:stable=1", "a/b=1"):
        with pytest.raises(ValueError, match="Received: "):
            parse_labels([text], models)


@pytest.mark.parametrize(
    ("host", "warned"),
    [("127.0.0.1", False), ("localhost", False), ("::1", False), ("0.0.0.0", True)],
)
def test_a_public_address_is_warned_of(host, warned, capsys):
    serve._warn_if_public(host)
    assert ("other machines" in capsys.readouterr().err) == warned


def test_the_cli_needs_no_tensorflow_to_tell_how_it_is_used():
    code = "import sys; from vaezoo.cli import main; main(['serve', '--help']); "
    code += "assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path.cwd())
