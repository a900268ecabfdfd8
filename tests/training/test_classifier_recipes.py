"""Each recipe of a classifier, on a few images, to a folder that loads."""

import pathlib
import runpy
import sys

import numpy as np
import pytest

import vaezoo
from vaezoo.data import ImageData
from vaezoo.evaluation import (
    frechet_distance,
    list_classifiers,
    load_classifier,
    precision_recall,
)

ROOT = pathlib.Path(__file__).parents[2]
RECIPES = sorted((ROOT / "recipes").glob("*_classifier.py"))
SIZES = {"train": 100, "validation": 30, "test": 20}


@pytest.fixture(params=RECIPES, ids=lambda path: path.stem)
def recipe(request):
    return request.param


@pytest.fixture
def noise_for_data(monkeypatch):
    """Bright and dark noise under any name: nothing has to be downloaded."""

    def load(name, split, data_dir=None):
        rng = np.random.default_rng(list(SIZES).index(split))
        labels = np.arange(SIZES[split]) % 10
        images = rng.integers(0, 25, (SIZES[split], 28, 28, 1))
        images += 25 * labels[:, None, None, None]
        images = images.astype("uint8")
        return ImageData(images, name=name, split=split, labels=labels)

    monkeypatch.setattr(vaezoo.data, "load", load)


def run(recipe, *arguments, monkeypatch):
    monkeypatch.setattr(sys, "argv", [str(recipe), *arguments])
    runpy.run_path(str(recipe), run_name="__main__")


def test_recipe_trains_measures_and_writes(
    recipe, noise_for_data, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    run(recipe, "--epochs", "1", monkeypatch=monkeypatch)
    name = recipe.stem.removesuffix("_classifier")
    classifier = load_classifier(tmp_path / "classifiers" / name)
    card, shipped = classifier.card, load_classifier(name).card
    assert card.name == name
    assert card.data.sizes == SIZES
    assert card.training.epochs == 1
    assert card.training.recipe == f"recipes/{recipe.name}"
    assert card.training.command == f"vaezoo train {recipe.stem}"
    metrics = {metric.name: metric for metric in card.metrics}
    assert metrics.keys() == {metric.name for metric in shipped.metrics}
    train, test = (vaezoo.data.load(name, split) for split in ("train", "test"))
    measured = classifier.accuracy(test.images, test.labels)
    assert metrics["test_accuracy"].value == measured.value
    features = [classifier.features(data.images[:20]) for data in (test, train)]
    distance = metrics["real_frechet_distance"]
    assert distance.value == pytest.approx(frechet_distance(*features), rel=1e-6)
    assert distance.n == 20
    shares = metrics["real_precision"].value, metrics["real_recall"].value
    assert shares == precision_recall(*features)
    # The classifier that comes with vaezoo was made by this recipe.
    for field in ("filters", "feature_dim", "parameters", "augmentation"):
        assert getattr(card, field) == getattr(shipped, field)
    for field in ("recipe", "command", "batch_size", "optimizer", "schedule"):
        assert getattr(card.training, field) == getattr(shipped.training, field)

    # A finished run is measured again, and written anew.
    run(recipe, "--epochs", "1", "--resume", monkeypatch=monkeypatch)
    again = load_classifier(tmp_path / "classifiers" / name).card
    assert again.metrics == card.metrics


def test_every_shipped_classifier_has_a_recipe():
    names = [path.stem.removesuffix("_classifier") for path in RECIPES]
    assert names == list_classifiers()
