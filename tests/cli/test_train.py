import sys

import pytest

from vaezoo.cli.train import split_arguments
from vaezoo.zoo import catalog

RECIPE = '''"""{name}: a recipe.

More of it.
"""

import argparse
import pathlib
import sibling

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--out")
    args = parser.parse_args()
    if args.epochs < 0:
        raise ValueError("Expected epochs >= 0.\\nReceived: " + str(args.epochs))
    pathlib.Path(args.out).write_text(f"{{args.epochs}} {{sibling.NAME}}")
'''


@pytest.fixture
def recipes(tmp_path, monkeypatch):
    folder = tmp_path / "recipes"
    folder.mkdir()
    for name in ("fc_vae_noise", "conv_vae_noise"):
        (folder / f"{name}.py").write_text(RECIPE.format(name=name))
    (tmp_path / "elsewhere").mkdir()
    shipped_folder = catalog.shipped_folder
    monkeypatch.setattr(
        catalog,
        "shipped_folder",
        lambda name: folder if name == "recipes" else shipped_folder(name),
    )
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "sibling.py").write_text("NAME = 'sibling'")
    yield folder
    sys.modules.pop("sibling", None)


def test_a_recipe_gets_its_own_arguments(vaezoo_command, recipes, tmp_path):
    before = sys.argv, list(sys.path)
    for recipe in ("fc_vae_noise", recipes / "conv_vae_noise.py"):
        out = tmp_path / "out"
        result = vaezoo_command("train", recipe, "--epochs", "3", "--out", out)
        assert result == (0, "", "")
        assert out.read_text() == "3 sibling"
        out.unlink()
    assert (sys.argv, sys.path) == before


def test_help_is_the_recipes(vaezoo_command, recipes):
    code, out, _ = vaezoo_command("train", "fc_vae_noise", "--help")
    assert code == 0
    assert "usage: fc_vae_noise.py" in out
    assert "--epochs" in out


def test_list(vaezoo_command, recipes):
    code, out, _ = vaezoo_command("train", "--list")
    assert code == 0
    rows = [line.split(maxsplit=1) for line in out.splitlines()[2:]]
    assert [row[0] for row in rows] == ["conv_vae_noise", "fc_vae_noise"]
    assert all(row[1].strip() == "a recipe." for row in rows)


def test_failures(vaezoo_command, recipes, tmp_path):
    code, _, err = vaezoo_command("train", "fc_vae_niose")
    assert (code, err.count("\n")) == (1, 1)
    assert "Did you mean 'fc_vae_noise'? Received: 'fc_vae_niose'" in err
    code, _, err = vaezoo_command("train", "fc_vae_noise", "--epochs", "-1")
    assert (code, err) == (1, "error: Expected epochs >= 0. Received: -1\n")
    code, _, err = vaezoo_command("train", "fc_vae_noise", "--epochs", "x")
    assert code == 2
    code, _, err = vaezoo_command("train", tmp_path / "absent.py")
    assert code == 1


def test_arguments_are_split_after_the_recipe():
    assert split_arguments(["--traceback", "train", "x", "--list", "-n", "3"]) == (
        ["--traceback", "train", "x"],
        ["--list", "-n", "3"],
    )
    assert split_arguments(["train", "--list"]) == (["train", "--list"], [])
    assert split_arguments(["sample", "x", "-n", "3"])[1] == []
    assert split_arguments([]) == ([], [])
