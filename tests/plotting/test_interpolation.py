import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.plotting import interpolate, interpolation
from vaezoo.plotting.mosaic import pixels


def texts(labels):
    return [text.get_text() for text in labels]


def test_images_stand_at_both_sides_of_the_way(model, images, cells):
    figure = interpolation(model, images[:2], images[2:4], steps=3)
    shown = cells(figure, (6, 5), 5, 4).reshape(4, 5, 6, 5, 3).astype(int)
    assert texts(figure.axes[0].get_yticklabels()) == ["linear", "spherical"] * 2
    codes = model.encode(images).mean().numpy()
    for pair, row in ((0, 0), (1, 2)):
        for offset, path in enumerate(("linear", "spherical")):
            line = shown[row + offset]
            np.testing.assert_array_equal(line[0], pixels(images)[pair])
            np.testing.assert_array_equal(line[-1], pixels(images)[pair + 2])
            z = interpolate(codes[pair], codes[pair + 2], [0.0, 0.5, 1.0], path)
            expected = pixels(model.decode(z).mean().numpy()).astype(int)
            assert np.abs(line[1:-1] - expected).max() <= 1


def test_one_path(model, images, cells):
    figure = interpolation(model, images[:1], images[1:2], steps=4, path="spherical")
    assert cells(figure, (6, 5), 6, 1).shape[0] == 6
    assert texts(figure.axes[0].get_yticklabels()) == []
    labels = texts(figure.axes[0].get_xticklabels())
    assert set(labels) <= {"image", "0", "0.333", "0.667", "1"}


def test_of_a_conditional_model(images, cells):
    keras.utils.set_random_seed(0)
    model = vaezoo.ConditionalVAE((6, 5, 1), 4, vaezoo.Labels(3), hidden_units=(8,))
    y = [2, 0]
    figure = interpolation(model, images[:2], images[2:4], 2, "linear", y=y)
    shown = cells(figure, (6, 5), 4, 2).reshape(2, 4, 6, 5, 3).astype(int)
    for row in (0, 1):
        expected = model.reconstruct(images[[row, row + 2]], [y[row]] * 2)
        assert np.abs(shown[row, 1:3] - pixels(expected).astype(int)).max() <= 1


def test_bad_arguments_are_refused(model, images):
    with pytest.raises(ValueError, match=r"for each at its start. Received: 2 and 1"):
        interpolation(model, images[:2], images[2:3])
    with pytest.raises(ValueError, match=r"`path`.*spherical, linear, both.*'round'"):
        interpolation(model, images[:1], images[1:2], path="round")
    with pytest.raises(ValueError, match=r"`steps`.*steps=1"):
        interpolation(model, images[:1], images[1:2], steps=1)
    with pytest.raises(ValueError, match="Expected no condition"):
        interpolation(model, images[:1], images[1:2], y=1)
