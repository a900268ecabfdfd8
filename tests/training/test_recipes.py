"""Each recipe of a model, on a few images, all the way to a folder that loads."""

import pathlib
import re
import runpy
import subprocess
import sys

import numpy as np
import pytest

import vaezoo
from vaezoo.data import ImageData

ROOT = pathlib.Path(__file__).parents[2]
RECIPES = sorted(
    path
    for path in (ROOT / "recipes").glob("*.py")
    if not path.stem.endswith("_classifier")  # see test_classifier_recipes.py
)
SIZES = {"train": 200, "validation": 30, "test": 4}
# Of data sets whose images are not 28 x 28 and grey.
SHAPES = {
    "cartoon_set": (64, 64, 3),
    "cmu_faces": (64, 64, 1),
    "frey_faces": (28, 20, 1),
    "sprites": (64, 64, 1),
}
ATTRIBUTES = {
    "cartoon_set": ("glasses", "hair_color_0", "face_color_0"),
    "cmu_faces": ("happy", "sunglasses"),
}


@pytest.fixture(params=RECIPES, ids=lambda path: path.stem)
def recipe(request):
    return request.param


@pytest.fixture
def noise_for_data(monkeypatch):
    """Random images under any name: nothing has to be downloaded."""

    def load(name, split, data_dir=None):
        rng = np.random.default_rng(list(SIZES).index(split))
        count, shape = SIZES[split], SHAPES.get(name, (28, 28, 1))
        attribute_names = ATTRIBUTES.get(name, ())
        return ImageData(
            rng.integers(0, 256, (count, *shape)).astype("uint8"),
            name=name,
            split=split,
            labels=np.arange(count) % 10,
            num_classes=10,
            attributes=np.arange(count)[:, None]
            // 2 ** np.arange(len(attribute_names))
            % 2
            if attribute_names
            else None,
            attribute_names=attribute_names,
        )

    monkeypatch.setattr(vaezoo.data, "load", load)


def run(recipe, *arguments, monkeypatch):
    monkeypatch.setattr(sys, "argv", [str(recipe), *arguments])
    runpy.run_path(str(recipe), run_name="__main__")


@pytest.mark.parametrize(
    "recipe",
    [
        # The quickest one stands for the others, which take the same way.
        pytest.param(
            path, marks=[] if path.stem == "fc_vae_mnist" else pytest.mark.slow
        )
        for path in RECIPES
    ],
    ids=[path.stem for path in RECIPES],
)
def test_recipe_trains_measures_and_exports(
    recipe, noise_for_data, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    run(recipe, "--epochs", "1", "--out", "models", monkeypatch=monkeypatch)
    card = vaezoo.info(tmp_path / "models" / recipe.stem)
    assert card.name == recipe.stem
    assert card.data.sizes == SIZES
    assert card.training.epochs == 1
    assert card.training.recipe == f"recipes/{recipe.name}"
    picture = tmp_path / "models" / recipe.stem / "samples.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    metrics = {metric.name: metric for metric in card.metrics}
    assert any(metric.protocol.startswith("test images; ") for metric in card.metrics)
    for metric in metrics.values():
        if not metric.protocol.startswith(("samples; ", "sprites of all factors; ")):
            assert metric.n == SIZES["test"]
        assert np.isfinite(metric.value)
    for name in metrics:
        if name.startswith("nll"):
            elbo = metrics[name.replace("nll", "elbo")]
            assert metrics[name].value <= -elbo.value
    shipped = vaezoo.info(recipe.stem)
    assert shipped.architecture == card.architecture

    # A finished run is measured again, and exported as the next version.
    run(recipe, "--epochs", "1", "--out", "models", "--resume", monkeypatch=monkeypatch)
    again = vaezoo.info(tmp_path / "models" / recipe.stem)
    assert (card.version, again.version) == (1, 2)
    for metric, expected in zip(again.metrics, card.metrics, strict=True):
        assert metric.value == pytest.approx(expected.value, rel=1e-5)
    with pytest.raises(ValueError, match="holds a run"):
        run(recipe, "--epochs", "1", "--out", "models", monkeypatch=monkeypatch)


def test_help_of_a_recipe(recipe, monkeypatch, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(recipe, "--help", monkeypatch=monkeypatch)
    assert stopped.value.code == 0
    said = capsys.readouterr().out
    for option in ("--epochs", "--data-dir", "--out", "--seed", "--resume"):
        assert option in said


@pytest.mark.slow
def test_recipe_on_real_images(recipe, needs_data_set, tmp_path):
    (data,) = re.findall(r'load_splits\(\s*"(\w+)"', recipe.read_text("utf-8"))
    needs_data_set(data)
    arguments = ["--epochs", "1", "--limit", "200", "--out", "models"]
    result = subprocess.run(
        [sys.executable, str(recipe), *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    folder = tmp_path / "models" / recipe.stem
    sizes = vaezoo.info(folder).data.sizes
    assert sizes == {split: min(200, size) for split, size in sizes.items()}
    assert sizes["train"] == 200
    assert vaezoo.load(folder).name == recipe.stem
