"""Attributes, analogies, J-diagrams: codes that are added and subtracted."""

import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.plotting import (
    analogy_grid,
    attribute_arithmetic,
    interpolated_grid,
    j_diagram,
)
from vaezoo.plotting.mosaic import pixels


def texts(labels):
    return [text.get_text() for text in labels]


@pytest.fixture(scope="module")
def codes(model, images):
    return model.encode(images).mean().numpy().astype(float)


@pytest.fixture(scope="module")
def conditional():
    keras.utils.set_random_seed(0)
    return vaezoo.ConditionalVAE((6, 5, 1), 4, vaezoo.Labels(3), hidden_units=(8,))


def assert_decoded(shown, model, z, y=None):
    z = np.asarray(z).reshape(-1, 4)
    expected = pixels(model.decode(z, y).mean().numpy()).astype(int)
    assert np.abs(shown.reshape(expected.shape) - expected).max() <= 1


def test_each_image_gets_more_or_less_of_the_attribute(model, images, codes, cells):
    direction = np.array([1.0, -2.0, 0.5, 0.0])
    figure = attribute_arithmetic(model, images[:3], direction, [-1.0, 0.0, 2.5])
    shown = cells(figure, (6, 5), 4, 3).reshape(3, 4, 6, 5, 3).astype(int)
    np.testing.assert_array_equal(shown[:, 0], pixels(images[:3]))
    z = codes[:3, None] + np.array([-1.0, 0.0, 2.5])[:, None] * direction
    assert_decoded(shown[:, 1:], model, z)
    assert texts(figure.axes[0].get_xticklabels()) == ["image", "-1", "0", "+2.5"]


def test_an_analogy_in_a_row(model, images, codes, cells):
    figure = analogy_grid(model, images[:2], images[2:4], images[4:6])
    shown = cells(figure, (6, 5), 4, 2).reshape(2, 4, 6, 5, 3).astype(int)
    for column, first in enumerate((0, 2, 4)):
        expected = pixels(images[first : first + 2])
        np.testing.assert_array_equal(shown[:, column], expected)
    assert_decoded(shown[:, 3], model, codes[4:6] + codes[2:4] - codes[:2])


def test_of_conditional_models(conditional, images, cells):
    y = [2, 0]
    a, b, c = (
        conditional.encode(images[i : i + 2], y).mean().numpy() for i in (0, 2, 4)
    )
    figure = analogy_grid(conditional, images[:2], images[2:4], images[4:6], y=y)
    shown = cells(figure, (6, 5), 4, 2).reshape(2, 4, 6, 5, 3).astype(int)
    assert_decoded(shown[:, 3], conditional, c + b - a, y)
    figure = attribute_arithmetic(conditional, images[:2], np.ones(4), [1.0, 2.0], y)
    shown = cells(figure, (6, 5), 3, 2).reshape(2, 3, 6, 5, 3).astype(int)
    z = a[:, None] + np.array([1.0, 2.0])[:, None]
    assert_decoded(shown[:, 1:], conditional, z, np.repeat(y, 2))
    with pytest.raises(ValueError, match="y=None"):
        j_diagram(conditional, images[:1], images[1:2], images[2:3])


def test_the_j_diagram(model, images, codes, cells):
    figure = j_diagram(model, images[:1], images[1:2], images[2:3], rows=3, columns=4)
    shown = cells(figure, (6, 5), 6, 3).reshape(3, 6, 6, 5, 3).astype(int)
    outside = shown[[0, 2, 0], [0, 0, 5]]
    np.testing.assert_array_equal(outside, pixels(images[:3]))
    assert (shown[1, 0] == 255).all()
    assert (shown[1:, 5] == 255).all()
    a, b, c = codes[:3]
    z = interpolated_grid([[a, c], [b, c + b - a]], (1, 2))
    assert_decoded(shown[:, 1:5], model, z)
    assert_decoded(shown[[0, 2, 0, 2], [1, 1, 4, 4]], model, [a, b, c, c + b - a])
    assert texts(figure.axes[0].get_xticklabels()) == ["c"]
    assert texts(figure.axes[0].get_yticklabels()) == ["a", "b"]


def test_bad_arguments_are_refused(model, images):
    one = images[:1]
    with pytest.raises(ValueError, match=r"`direction` of shape \(4,\).*\(3,\)"):
        attribute_arithmetic(model, one, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="`weights` to be finite"):
        attribute_arithmetic(model, one, np.ones(4), [np.nan])
    with pytest.raises(ValueError, match=r"as many images.*Received: 1, 1, 2"):
        analogy_grid(model, one, one, images[:2])
    with pytest.raises(ValueError, match=r"one image for each.*Received: 2 images"):
        j_diagram(model, images[:2], images[:2], images[:2])
    with pytest.raises(ValueError, match=r"`rows`.*rows=1"):
        j_diagram(model, one, one, one, rows=1)
    with pytest.raises(ValueError, match="Received: path='both'"):
        j_diagram(model, one, one, one, path="both")
