import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.plotting import arrange_on_grid, interpolated_grid, mine_grid, nearest_codes
from vaezoo.plotting.mosaic import pixels


@pytest.fixture(scope="module")
def many():
    return np.random.default_rng(5).integers(0, 256, (30, 6, 5, 1)).astype("uint8")


def test_the_grid_lies_between_the_nearest_images(model, many, cells, read_back):
    figure = mine_grid(model, many, center=7, rows=2, columns=3, between=1)
    codes = model.encode(many).mean().numpy().astype(float)
    anchors = codes[nearest_codes(codes, 7, 6)]
    z = interpolated_grid(anchors[arrange_on_grid(anchors, 2, 3)], 1)
    expected = pixels(model.decode(z.reshape(-1, 4)).mean().numpy()).astype(int)
    shown = cells(figure, (6, 5), 5, 3).astype(int)
    assert np.abs(shown - expected).max() <= 1
    center = pixels(model.reconstruct(many[7:8])).astype(int)
    assert np.abs(shown - center).max(axis=(1, 2, 3)).min() <= 1


def test_the_anchors_have_a_frame(model, many, read_back):
    picture = read_back(mine_grid(model, many, rows=2, columns=3, between=1))
    zoom = picture.shape[0] // (3 * 8 + 2)
    above = picture[zoom + zoom // 2, (2 + 3) * zoom :: 7 * zoom]
    framed = (above.astype(int) == [230, 97, 1]).all(axis=1)
    assert framed[:5].tolist() == [True, False, True, False, True]


def test_anchors_have_the_condition_of_the_center(many, cells):
    keras.utils.set_random_seed(0)
    model = vaezoo.ConditionalVAE((6, 5, 1), 4, vaezoo.Labels(2), hidden_units=(8,))
    y = np.arange(30) % 2
    figure = mine_grid(model, many, center=5, rows=2, columns=2, between=0, y=y)
    shown = cells(figure, (6, 5), 2, 2).astype(int)
    same = pixels(model.reconstruct(many[1::2], y[1::2])).astype(int)
    for image in shown:
        assert np.abs(same - image).max(axis=(1, 2, 3)).min() <= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"center": 30}, "within the 30 images.*center=30"),
        ({"rows": 6, "columns": 6}, "36 images asked for"),
        ({"rows": 1}, "`rows`.*rows=1"),
        ({"between": -1}, "`between`.*between=-1"),
        ({"path": "x"}, "Received: path='x'"),
    ],
)
def test_bad_arguments_are_refused(model, many, arguments, message):
    with pytest.raises(ValueError, match=message):
        mine_grid(model, many, **arguments)
