import numpy as np
import pytest

import vaezoo
from vaezoo.serving import tflite_interpreter


def test_an_exported_model_is_the_next_version_and_keeps_its_card(
    vaezoo_command, tmp_path
):
    folder = tmp_path / "served"
    (folder / "3").mkdir(parents=True)
    code, out, err = vaezoo_command(
        "export", "tiny_k5_noise", folder, "--log-prob-samples", 3
    )
    assert code == 0, err
    assert out.splitlines()[-1] == f"Wrote {folder / '4'}"
    assert (folder / "4" / "saved_model.pb").is_file()
    assert vaezoo.load(folder).latent_dim == 2
    before, after = vaezoo.info("tiny_k5_noise"), vaezoo.info(folder)
    assert after.metrics == before.metrics
    assert after.description == before.description
    assert (after.name, after.log_prob_samples) == ("served", 3)


def test_the_folder_is_checked_before_anything_is_loaded(
    vaezoo_command, tmp_path, monkeypatch
):
    loading = "vaezoo.cli.export.import_tensorflow"
    monkeypatch.setattr(loading, lambda: pytest.fail("it was loaded"))
    (tmp_path / "file").touch()
    code, out, err = vaezoo_command("export", "tiny_k5_noise", tmp_path / "file" / "x")
    assert (code, out) == (1, "")
    assert "Expected a folder" in err
    (tmp_path / "served" / "2").mkdir(parents=True)
    code, out, err = vaezoo_command(
        "export", "tiny_k5_noise", tmp_path / "served", "--version", 2
    )
    assert (code, out) == (1, "")
    assert "never overwritten" in err


def test_a_file_for_tensorflow_lite(vaezoo_command, tmp_path):
    folder = tmp_path / "lite"
    code, out, err = vaezoo_command(
        "export", "tiny_k5_noise", folder, "--format", "tflite", "--version", 3
    )
    assert code == 0, err
    assert out.splitlines()[-1] == f"Wrote {folder / '3'}"
    with tflite_interpreter(folder / "3") as interpreter:
        sample = interpreter.get_signature_runner("sample")
        image = sample(seed=np.array([4, 5]))["image"]
    expected = vaezoo.load("tiny_k5_noise").sample(seed=[4, 5])
    np.testing.assert_allclose(image, expected, rtol=1e-5, atol=1e-5)


def test_a_file_for_tensorflow_lite_has_no_log_prob(vaezoo_command, tmp_path):
    code, _, err = vaezoo_command(
        "export",
        "tiny_k5_noise",
        tmp_path / "lite",
        "--format=tflite",
        "--log-prob-samples=3",
    )
    assert code == 1
    assert "no --log-prob-samples" in err
    assert list(tmp_path.iterdir()) == []
