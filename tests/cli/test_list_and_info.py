import json
import shutil

import pytest

import vaezoo
from vaezoo.zoo import catalog


def test_list(vaezoo_command):
    code, out, err = vaezoo_command("list")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == [
        "name",
        "family",
        "data",
        "parameters",
        "size",
        "metric",
    ]
    assert [line.split()[0] for line in lines[2:]] == [
        "tiny_k5_noise",
        "tiny_k50_noise",
    ]
    assert "FullyConnectedVAE" in lines[2]
    assert "nll 12.35 ± 0.07 nats" in lines[2]


def test_patterns(vaezoo_command):
    code, out, _ = vaezoo_command("list", "*k50*")
    assert code == 0
    assert "tiny_k50_noise" in out
    assert "tiny_k5_noise" not in out
    code, out, err = vaezoo_command("list", "resnet*")
    assert (code, out) == (1, "")
    assert err == (
        "error: No model matches 'resnet*'. There are: tiny_k5_noise, tiny_k50_noise\n"
    )


def test_a_damaged_card_does_not_hide_the_others(
    vaezoo_command, shipped, tmp_path, monkeypatch
):
    shutil.copytree(shipped, tmp_path / "models")
    card = tmp_path / "models" / "tiny_k5_noise" / "1" / "assets.extra" / "card.json"
    card.write_text("{")
    monkeypatch.setattr(catalog, "models_root", lambda: tmp_path / "models")
    code, out, _ = vaezoo_command("list")
    assert code == 0
    assert "not valid JSON" in out
    assert "nll" in out.splitlines()[-1]


@pytest.mark.parametrize("how", ["name", "folder", "version"])
def test_info(vaezoo_command, shipped, how):
    folder = shipped / "tiny_k5_noise"
    argument = {"name": "tiny_k5_noise", "folder": folder, "version": folder / "1"}[how]
    code, out, err = vaezoo_command("info", argument)
    assert (code, err) == (0, "")
    assert "A [tiny] model." in out
    assert "hidden_units=[5]" in out
    assert "nll" in out


def test_json_is_the_card(vaezoo_command, monkeypatch):
    _, out, _ = vaezoo_command("info", "tiny_k5_noise", "--json")
    card = vaezoo.info("tiny_k5_noise")
    assert out == card.to_json()
    assert json.loads(out)["parameters"] == card.parameters
