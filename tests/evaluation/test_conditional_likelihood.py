import numpy as np
import pytest

import vaezoo
from vaezoo.evaluation import evaluate_likelihood

SHAPE = (6, 5, 1)


def test_every_number_is_given_the_condition():
    model = vaezoo.ConditionalVAE(SHAPE, 3, vaezoo.Labels(4), hidden_units=(8,))
    images = np.random.default_rng(0).integers(0, 2, (12, *SHAPE)) * 1.0
    y = model.condition.example(12)
    result = evaluate_likelihood(model, images, 30, seed=4, y=y)
    nll = -model.log_prob(images, 30, 4, y)
    assert result["nll"].value == pytest.approx(nll.mean(), rel=1e-6)
    elbo = model.elbo(images, 4, y)
    assert result["elbo"].value == pytest.approx(elbo.mean(), rel=1e-6)
    means = model.encode(images, y).mean().numpy()
    assert result["active_units"].value == (means.var(axis=0) > 0.01).sum()
    other = evaluate_likelihood(model, images, 30, seed=4, y=(y + 1) % 4)
    assert other["nll"].value != result["nll"].value
    by_difference = evaluate_likelihood(
        model, images, 30, seed=4, correction_images=5, correction_samples=10, y=y
    )
    coarse = -model.log_prob(images, 10, 4, y)
    fine = -model.log_prob(images[:5], 30, 4, y[:5])
    expected = coarse.mean() - (coarse[:5] - fine).mean()
    assert by_difference["nll"].value == pytest.approx(expected, rel=1e-5)


def test_a_condition_is_asked_for_and_refused_as_it_should():
    images = np.zeros((3, *SHAPE), "uint8")
    model = vaezoo.ConditionalVAE(SHAPE, 3, vaezoo.Labels(4), hidden_units=(8,))
    with pytest.raises(ValueError, match="y=None"):
        evaluate_likelihood(model, images)
    plain = vaezoo.FullyConnectedVAE(SHAPE, 3, hidden_units=(8,))
    with pytest.raises(ValueError, match="Expected no condition"):
        evaluate_likelihood(plain, images, y=[0, 1, 2])
