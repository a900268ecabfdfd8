import statistics

import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.plotting import manifold
from vaezoo.plotting.mosaic import pixels


@pytest.fixture(scope="module")
def flat():
    keras.utils.set_random_seed(0)
    return vaezoo.FullyConnectedVAE((6, 5, 1), latent_dim=2, hidden_units=(8,))


def texts(labels):
    return [text.get_text() for text in labels]


def assert_shows(figure, cells, model, z, size):
    expected = pixels(model.decode(z).mean().numpy()).astype(int)
    shown = cells(figure, (6, 5), size, size).astype(int)
    assert np.abs(shown - expected).max() <= 1


def test_the_grid_is_even_in_probability(flat, cells):
    values = [statistics.NormalDist().inv_cdf(p) for p in (1 / 6, 1 / 2, 5 / 6)]
    z = [[x, y] for y in values[::-1] for x in values]
    figure = manifold(flat, size=3)
    assert_shows(figure, cells, flat, z, 3)
    axes = figure.axes[0]
    assert texts(axes.get_xticklabels()) == ["-0.97", "0", "+0.97"]
    assert texts(axes.get_yticklabels()) == ["+0.97", "0", "-0.97"]
    assert texts(figure.texts) == ["z0", "z1"]


def test_larger_models_are_cut_at_the_code_of_the_first_image(model, images, cells):
    value = statistics.NormalDist().inv_cdf(0.75)
    z = np.tile(model.encode(images).mean().numpy()[0], (4, 1))
    z[:, 3] = [-value, value, -value, value]
    z[:, 1] = [value, value, -value, -value]
    figure = manifold(model, [3, 1], size=2, images=images)
    assert_shows(figure, cells, model, z, 2)
    assert texts(figure.texts) == ["z3", "z1"]


def test_the_most_used_dimensions_are_shown(model, images):
    posterior = model.encode(images)
    mean, stddev = posterior.mean().numpy(), posterior.stddev().numpy()
    kl = (mean**2 + stddev**2 - 1 - 2 * np.log(stddev)).mean(0)
    shown = texts(manifold(model, size=2, images=images).texts)
    assert shown == [f"z{i}" for i in np.argsort(-kl)[:2]]


def test_without_images_it_is_around_the_mean_of_the_prior(model, cells):
    z = np.zeros((4, 4))
    value = statistics.NormalDist().inv_cdf(0.75)
    z[:, 0] = [-value, value, -value, value]
    z[:, 1] = [value, value, -value, -value]
    assert_shows(manifold(model, [0, 1], size=2), cells, model, z, 2)
    first, second = texts(manifold(model, size=2).texts)
    assert first != second


def test_of_a_conditional_model(cells):
    model = vaezoo.ConditionalVAE((6, 5, 1), 2, vaezoo.Labels(3), hidden_units=(8,))
    one, two = (cells(manifold(model, size=3, y=k), (6, 5), 3, 3) for k in (1, 2))
    assert (one != two).any()
    with pytest.raises(ValueError, match="y=None"):
        manifold(model)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dimensions": [0]}, r"two different integers from 0 to 3.*=\[0\]"),
        ({"dimensions": [1, 1]}, "two different"),
        ({"dimensions": [0, 4]}, "two different integers from 0 to 3"),
        ({"dimensions": [-1, 2]}, "two different"),
        ({"dimensions": 2}, "Received: dimensions=2"),
        ({"size": 1}, "`size`.*at least 2.*size=1"),
        ({"y": 1}, "Expected no condition|not conditional"),
        ({"images": np.zeros((1, 5, 6, 1))}, r"Received: shape \(1, 5, 6, 1\)"),
    ],
)
def test_bad_arguments_are_refused(model, arguments, message):
    with pytest.raises(ValueError, match=message):
        manifold(model, **arguments)
