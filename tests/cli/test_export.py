import pytest

import vaezoo


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
    monkeypatch.setattr("vaezoo.load", lambda *_, **__: pytest.fail("it was loaded"))
    (tmp_path / "file").touch()
    code, out, err = vaezoo_command("export", "tiny_k5_noise", tmp_path / "file" / "x")
    assert (code, out) == (1, "")
    assert "Expected a folder" in err
