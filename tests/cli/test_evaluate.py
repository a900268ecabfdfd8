import numpy as np
import pytest

import vaezoo


@pytest.fixture
def images(tmp_path):
    path = tmp_path / "images.npz"
    noise = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 1), "uint8")
    np.savez(path, images=noise)
    return path


def test_the_table_is_what_python_measures(vaezoo_command, images):
    code, out, _ = vaezoo_command(
        "evaluate", "tiny_k5_noise", "--data", images, "--num-samples", "7"
    )
    assert code == 0
    model = vaezoo.load("tiny_k5_noise")
    result = vaezoo.evaluation.evaluate_likelihood(
        model, vaezoo.data.load(images).images, num_samples=7, seed=0
    )
    nll = next(line for line in out.splitlines() if line.split()[:1] == ["nll"])
    value, error = result["nll"].value, result["nll"].standard_error
    assert f"{value:.2f} ± {error:.2f}" in nll
    assert "nats" in nll
    assert "images, all: 12 images" in out
    for name in ("elbo", "kl", "active_units"):
        assert f" {name} " in out


def test_options(vaezoo_command, images):
    arguments = ("evaluate", "tiny_k5_noise", "--data", "sprites", "--image-size", 16)
    code, out, err = vaezoo_command(
        *arguments, "--limit", 3, "--num-samples", 2, "--split", "validation"
    )
    assert code == 0, err
    assert "sprites, validation: 3 images" in out


def test_failures_are_one_line(vaezoo_command, images, tmp_path):
    for arguments, reason in (
        (("--data", "sprites"), "64"),
        (("--data", tmp_path / "absent.npz"), "absent.npz"),
        (("--data", images, "--split", "test"), "Received"),
        (("--data", "no_such_data"), "no_such_data"),
    ):
        code, out, err = vaezoo_command("evaluate", "tiny_k5_noise", *arguments)
        assert (code, out) == (1, "")
        assert err.startswith("error: ")
        assert err.count("\n") == 1
        assert reason in err
