"""Every model that comes with vaezoo: small, and as good as its card says."""

import pathlib

import pytest

import vaezoo
from vaezoo.evaluation import evaluate_likelihood

ROOT = pathlib.Path(__file__).parents[2]
FOLDERS = ROOT / "saved_models"
NAMES = vaezoo.list_models()
IMAGES = 500


@pytest.fixture(scope="module", params=NAMES)
def card(request):
    return vaezoo.info(request.param)


def test_its_folder_is_under_8_mb(card):
    files = (FOLDERS / card.name / "1").rglob("*")
    assert sum(path.stat().st_size for path in files if path.is_file()) < 8e6


def test_only_its_last_version_is_there(card):
    assert [p.name for p in (FOLDERS / card.name).iterdir() if p.is_dir()] == ["1"]


def test_its_numbers_hold_on_the_first_test_images(card, needs_data_set):
    """The bound, within four of the standard errors that so few images have."""
    stated = {metric.name: metric for metric in card.metrics}
    if "elbo" not in stated:
        pytest.skip(f"{card.name} has no bound")
    needs_data_set(card.data.name)
    data = vaezoo.data.load(card.data.name, "test").first(IMAGES)
    model = vaezoo.load(card.name, compile=False)
    y = data.labels if model.conditional else None
    measured = evaluate_likelihood(model, data.images, num_samples=20, y=y)
    for name in ("elbo", "reconstruction", "kl"):
        error = stated[name].standard_error * (stated[name].n / IMAGES) ** 0.5
        assert measured[name].value == pytest.approx(stated[name].value, abs=4 * error)
    # 20 samples are a looser bound than those of the card.
    nll = stated["nll"]
    error = nll.standard_error * (nll.n / IMAGES) ** 0.5
    assert nll.value - 4 * error < measured["nll"].value < -stated["elbo"].value + error
