import shlex

import pytest


@pytest.fixture
def exported(tmp_path):
    """A folder with two versions, as far as the files look at them."""
    for version in "1", "2":
        (tmp_path / "mine" / version / "assets.extra").mkdir(parents=True)
        (tmp_path / "mine" / version / "saved_model.pb").touch()
    return tmp_path / "mine"


def test_files_and_how_to_start_the_server(vaezoo_command, exported, tmp_path):
    folder = tmp_path / "operation"
    code, out, err = vaezoo_command(
        "server-files",
        exported,
        f"other={exported}",
        "--out",
        folder,
        "--label",
        "mine:stable=1",
    )
    assert code == 0, err
    assert out.splitlines()[0] == f"Wrote {folder}"
    assert f"docker compose -f {folder / 'compose.yaml'} up -d" in out
    words = shlex.split(out.splitlines()[-1])
    assert words[:2] == ["docker", "run"]
    assert f"--model_config_file={folder / 'models.config'}" in words
    config = (folder / "models.config").read_text()
    assert config.count(f'base_path: "{exported}"') == 2
    assert 'version_labels { key: "stable" value: 1 }' in config
    code, _, err = vaezoo_command("server-files", exported, "-o", folder)
    assert code == 1
    assert "not there yet" in err
    code, _, err = vaezoo_command("server-files", exported, "-o", folder, "--overwrite")
    assert code == 0, err
    assert "stable" not in (folder / "models.config").read_text()


def test_bad_requests_are_one_line(vaezoo_command, exported, tmp_path):
    for arguments, message in (
        ([exported / "1"], "a model's folder"),
        ([tmp_path / "none"], "no such folder"),
        (["no_such_model"], "Expected the name of a model"),
        ([exported, "--label", "stable"], "LABEL=VERSION"),
        ([exported, "--label", "stable=9"], "no version 9"),
        (["tiny_k5_noise"], "folder of exported versions"),  # trained, not exported
    ):
        code, out, err = vaezoo_command(
            "server-files", *arguments, "-o", tmp_path / "operation"
        )
        assert (code, out) == (1, "")
        assert message in err
        assert len(err.splitlines()) == 1
    assert not (tmp_path / "operation").exists()
