import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.plotting import latent_traversal
from vaezoo.plotting.mosaic import pixels


@pytest.fixture(scope="module", params=["standard_normal", "conditional_normal"])
def conditional(request):
    keras.utils.set_random_seed(0)
    model = vaezoo.ConditionalVAE(
        (6, 5, 1), 4, vaezoo.Labels(3), hidden_units=(8,), prior=request.param
    )
    for weight in model.prior_layer.weights:
        noise = np.random.default_rng(1).normal(0.0, 0.3, weight.shape)
        weight.assign(np.asarray(weight) + noise)
    return model


def test_the_traversal_has_the_condition_of_the_first_image(conditional, images, cells):
    y = np.array([2, 0, 1, 0, 1, 2, 0])
    figure = latent_traversal(conditional, [1], steps=3, span=2.0, images=images, y=y)
    origin = conditional.encode(images, y).mean().numpy()[0]
    prior = conditional.prior_for(y[:1])
    z = np.tile(origin, (3, 1))
    mean, stddev = (
        np.asarray(m).reshape(-1)[1] for m in (prior.mean(), prior.stddev())
    )
    z[:, 1] = mean + stddev * np.array([-2.0, 0.0, 2.0])
    expected = pixels(conditional.decode(z, 2).mean().numpy())
    shown = cells(figure, (6, 5), 3, 1).astype(int)
    assert np.abs(shown - expected).max() <= 1
    other = pixels(conditional.decode(z, 0).mean().numpy())
    assert np.abs(shown - other).max() > 1


def test_without_images_the_condition_is_a_single_one(conditional, cells):
    shown = cells(latent_traversal(conditional, [0, 3], steps=3, y=1), (6, 5), 3, 2)
    assert len(shown) == 6
    assert len(latent_traversal(conditional, 2, y=1).axes) > 0


def test_a_condition_is_asked_for_and_refused_as_it_should(conditional, images, model):
    with pytest.raises(ValueError, match="y=None"):
        latent_traversal(conditional)
    with pytest.raises(ValueError, match="Received: labels 3"):
        latent_traversal(conditional, y=3)
    with pytest.raises(ValueError, match="y of 2 rows"):
        latent_traversal(conditional, images=images, y=[1, 2])
    with pytest.raises(ValueError, match="Expected no condition"):
        latent_traversal(model, y=1)
