"""The numbers of the cards, measured again where their data set is at hand."""

import pytest

import vaezoo
from vaezoo.evaluation import evaluate_likelihood


@pytest.fixture(params=vaezoo.list_models())
def name(request):
    return request.param


def test_the_bound_on_the_card_is_measured_again(name, needs_data_set):
    card = vaezoo.info(name)
    needs_data_set(card.data.name)
    images = vaezoo.data.load(card.data.name, "test", download=False).images
    # Few samples: the bound and the latents do not depend on how many there are.
    measured = evaluate_likelihood(vaezoo.load(name), images, num_samples=1)
    stated = {metric.name: metric for metric in card.metrics}
    assert len(images) == stated["elbo"].n
    for metric in ("elbo", "reconstruction", "kl"):
        assert measured[metric].value == pytest.approx(stated[metric].value, abs=1e-3)
        error = measured[metric].standard_error
        assert error == pytest.approx(stated[metric].standard_error, rel=1e-3)
    assert measured["active_units"].value == stated["active_units"].value
    # One sample is the worst bound of all; thousands close most of the gap.
    assert stated["nll"].value < measured["nll"].value - 2.0
