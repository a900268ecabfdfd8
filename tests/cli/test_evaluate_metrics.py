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


def test_json_has_what_python_measures(vaezoo_command, images):
    code, out, err = vaezoo_command(
        "evaluate", "tiny_k5_noise", "--data", images, "--num-samples", 4,
        "--metrics", "likelihood,cost,reconstruction", "--json",
    )  # fmt: skip
    assert code == 0, err
    found = json.loads(out)
    model = vaezoo.load("tiny_k5_noise")
    pixels = vaezoo.data.load(images).images
    expected = vaezoo.evaluation.evaluate_likelihood(model, pixels, num_samples=4)
    rows = {row["name"]: row for row in found["measurements"]}
    assert rows["nll"]["value"] == expected["nll"].value
    assert rows["parameters"]["value"] == model.count_params()
    error = vaezoo.evaluation.reconstruction_error(model, pixels)
    assert rows["reconstruction_error"]["value"] == error.value
    assert (found["model"], found["n"]) == ("tiny_k5_noise", 12)


def test_a_checkpoint_is_kept_and_continued(vaezoo_command, images, tmp_path):
    arguments = ("evaluate", "tiny_k5_noise", "--data", images, "--num-samples", 4)
    folder = tmp_path / "half_done"
    first, again = (
        vaezoo_command(*arguments, "--checkpoint", folder, "--memory-limit", 1)
        for _ in range(2)
    )
    assert first[0] == 0, first[2]
    assert first[1] == again[1]
    assert any(folder.iterdir())
    code, _, err = vaezoo_command(*arguments, "--seed", 1, "--checkpoint", folder)
    assert code == 1
    assert err.count("\n") == 1


def test_metrics_that_need_training_images(vaezoo_command, tmp_path):
    arguments = ("evaluate", "tiny_k5_noise", "--data", "sprites", "--image-size", 16)
    code, out, err = vaezoo_command(
        *arguments, "--limit", 20, "--samples", 5, "--metrics", "memorization,latents"
    )
    assert code == 0, err
    assert "near_copies" in out
    assert "mutual_information" in out


def test_unknown_metrics_are_bad_usage(vaezoo_command, images):
    code, _, err = vaezoo_command(
        "evaluate", "tiny_k5_noise", "--data", images, "--metrics", "likelihood,fid"
    )
    assert code == 2
    assert "likelihood, reconstruction" in err
    assert "'fid'" in err


def test_a_metric_that_does_not_fit_is_one_line(vaezoo_command, images):
    code, _, err = vaezoo_command(
        "evaluate", "tiny_k5_noise", "--data", images, "--metrics", "samples"
    )
    assert code == 1
    assert err.count("\n") == 1
    assert "classifier" in err
