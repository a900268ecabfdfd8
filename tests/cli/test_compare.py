import json

import numpy as np
import pytest

import vaezoo


@pytest.fixture
def images(tmp_path):
    path = tmp_path / "images.npz"
    noise = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 1), "uint8")
    np.savez(path, images=noise)
    return path


def test_the_tables_and_the_files(vaezoo_command, images, tmp_path):
    files = {suffix: tmp_path / f"out.{suffix}" for suffix in ("html", "csv", "json")}
    outputs = [word for path in files.values() for word in ("-o", path)]
    code, out, err = vaezoo_command(
        "compare", "tiny_*", "--data", images, "--num-samples", 3, "--limit", 8,
        "--no-speed", *outputs,
    )  # fmt: skip
    assert code == 0, err
    for name in vaezoo.list_models():
        assert name in out
    assert "images, all: the first 8 of 12 images" in out
    found = json.loads(files["json"].read_text("utf-8"))
    assert found["protocol"]["num_samples"] == 3
    assert [m["label"] for m in found["models"]] == ["tiny_k5_noise", "tiny_k50_noise"]
    assert files["html"].read_text("utf-8").startswith("<!doctype html>")
    assert files["csv"].read_text("utf-8").startswith("model,")
    for path in files.values():
        assert f"Wrote {path}" in out


def test_failures_are_one_line_and_leave_no_file(vaezoo_command, images, tmp_path):
    report = tmp_path / "report.html"
    for arguments, reason in (
        (("tiny_k5_noise", "no_such_model"), "no_such_model"),
        (("tiny_k5_noise", "--data", "no_such_data"), "no_such_data"),
        (("tiny_k5_noise", "--data", images, "--split", "test"), "Received"),
    ):
        code, out, err = vaezoo_command("compare", *arguments, "-o", report)
        assert (code, out) == (1, "")
        assert err.startswith("error: ")
        assert err.count("\n") == 1
        assert reason in err
        assert not list(tmp_path.glob("*report*"))


def test_another_kind_of_file_is_bad_usage(vaezoo_command):
    code, _, err = vaezoo_command("compare", "tiny_k5_noise", "-o", "report.pdf")
    assert code == 2
    assert ".html, .csv, .json" in err
