"""Every model that comes with vaezoo: small, and as good as its card says."""

import pathlib

import pytest

import vaezoo
from vaezoo.evaluation import (
    FactorData,
    evaluate_disentanglement,
    evaluate_likelihood,
    reconstruction_error,
)
from vaezoo.evaluation.data_condition import data_condition

ROOT = pathlib.Path(__file__).parents[2]
FOLDERS = ROOT / "saved_models"
NAMES = vaezoo.list_models()
IMAGES = 500


def metrics_of(name):
    return {metric.name: metric.value for metric in vaezoo.info(name).metrics}


@pytest.fixture(scope="module", params=NAMES)
def card(request):
    return vaezoo.info(request.param)


def test_its_folder_is_under_8_mb(card):
    files = (FOLDERS / card.name / "1").rglob("*")
    assert sum(path.stat().st_size for path in files if path.is_file()) < 8e6


def test_only_its_last_version_is_there(card):
    assert [p.name for p in (FOLDERS / card.name).iterdir() if p.is_dir()] == ["1"]


def test_its_numbers_hold_on_the_first_test_images(card, needs_data_set):
    """Within four of the standard errors that so few images have."""
    needs_data_set(card.data.name)
    data = vaezoo.data.load(card.data.name, "test").first(IMAGES)
    model = vaezoo.load(card.name, compile=False)
    stated = {metric.name: metric for metric in card.metrics}

    def tolerance(name):
        return 4 * stated[name].standard_error * (stated[name].n / len(data)) ** 0.5

    if isinstance(model, vaezoo.Autoencoder):
        measured = reconstruction_error(model, data.images)
        expected = stated[measured.name].value
        tolerated = tolerance(measured.name)
        assert measured.value == pytest.approx(expected, abs=tolerated)
        return
    for ending, images, y in given(model, data):
        measured = evaluate_likelihood(model, images, num_samples=20, y=y)
        for term in ("elbo", "reconstruction", "kl"):
            name = term + ending
            tolerated = tolerance(name)
            assert measured[term].value == pytest.approx(
                stated[name].value, abs=tolerated
            )
        # 20 samples are a looser bound than those of the card.
        nll, elbo = stated["nll" + ending], stated["elbo" + ending]
        tolerated = tolerance(nll.name)
        assert measured["nll"].value > nll.value - tolerated
        assert measured["nll"].value < -elbo.value + tolerated


def test_its_bound_is_measured_again(card, needs_data_set):
    """The same on all test images, as the bound does not depend on many samples."""
    needs_data_set(card.data.name)
    data = vaezoo.data.load(card.data.name, "test", download=False)
    model = vaezoo.load(card.name)
    if isinstance(model, vaezoo.Autoencoder):
        pytest.skip("an autoencoder has no bound")
    stated = {metric.name: metric for metric in card.metrics}
    for ending, images, y in given(model, data):
        measured = evaluate_likelihood(model, images, num_samples=1, y=y)
        for term in ("elbo", "reconstruction", "kl"):
            again, metric = measured[term], stated[term + ending]
            assert again.n == metric.n
            assert again.value == pytest.approx(metric.value, abs=1e-3)
            assert again.standard_error == pytest.approx(
                metric.standard_error, rel=1e-3
            )
        # One sample is the worst bound of all; thousands close most of the gap, which
        # is small where the condition leaves little to say.
        closed = 2.0 if model.condition is None else 0.0
        assert stated["nll" + ending].value < measured["nll"].value - closed
        if not ending:
            assert measured["active_units"].value == stated["active_units"].value


@pytest.mark.parametrize("name", [name for name in NAMES if "mig" in metrics_of(name)])
def test_its_disentanglement_is_measured_again(name):
    """The sprites are drawn, not stored: their numbers hold everywhere."""
    stated = metrics_of(name)
    model = vaezoo.load(name)
    sprites = FactorData.of(vaezoo.data.Sprites())
    others = sprites.select(["scale", "orientation", "x", "y"])
    for metric, data in (("mig", sprites), ("mig_without_shape", others)):
        measured = evaluate_disentanglement(model, data, metrics=["mig"])["mig"]
        assert measured.value == pytest.approx(stated[metric], abs=1e-3)


def given(model, data):
    """How its metrics end, images and condition; three times for quadrants."""
    if not isinstance(model.condition, vaezoo.PartialImage):
        yield "", data.images, data_condition(model, data)
        return
    images = vaezoo.data.binarize_fixed(data.images)
    for number in (1, 2, 3):
        known = model.condition.known_quadrants(images, number)
        yield f"_given_{number}", images, known
