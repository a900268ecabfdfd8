import io
import itertools
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from PIL import Image

from vaezoo.plotting import PixelFigure, latent_traversal, sample_grid


def screen_size(figure):
    return (figure.get_size_inches() * figure.dpi).tolist()


def test_it_is_a_figure():
    figure = PixelFigure(np.zeros((1, 8, 8, 3), np.uint8), 1)
    assert isinstance(figure, matplotlib.figure.Figure)
    assert len(figure.axes) == 1


@pytest.mark.parametrize(
    ("count", "side", "size"),
    [
        (64, 28, [484, 484]),  # 242 pixels across, twice
        (1, 28, [704, 704]),
        (100, 28, [604, 604]),
        (400, 64, [1322, 1322]),  # too many to enlarge: one screen pixel a pixel
    ],
)
def test_size(count, side, size):
    figure = sample_grid(np.zeros((count, side, side, 1), np.uint8))
    assert screen_size(figure) == size


def test_tall_pictures_stay_in_the_window():
    figure = sample_grid(np.zeros((10, 28, 28, 1), np.uint8), columns=1)
    width, height = screen_size(figure)
    assert height == 302 * 3
    assert width == 32 * 3


def test_labels_lie_within_the_figure(model):
    for steps in (2, 9, 25):
        figure = latent_traversal(model, 4, steps=steps)
        figure.canvas.draw()
        width, height = screen_size(figure)
        axes = figure.axes[0]
        for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
            box = label.get_window_extent()
            assert 0 <= box.x0 < box.x1 <= width
            assert 0 <= box.y0 < box.y1 <= height


def test_labels_do_not_overlap():
    images = np.zeros((2 * 61, 5, 5, 3), np.uint8)
    names = [f"{value:+.2f}" for value in np.linspace(-3, 3, 61)]
    figure = PixelFigure(images, 61, ["z0", "z1"], names)
    figure.canvas.draw()
    labels = figure.axes[0].get_xticklabels()
    boxes = [label.get_window_extent() for label in labels]
    assert len(boxes) > 5
    assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))
    assert "+0.00" in [label.get_text() for label in labels]


def test_labels_stand_at_their_images(read_back):
    images = np.full((6, 10, 10, 3), 255, np.uint8)
    images[4] = 0  # row 1, column 1
    figure = PixelFigure(images, 3, ["a", "b"], ["x", "y", "z"])
    figure.canvas.draw()
    dark = (read_back(figure) == 0).all(-1)
    zoom = 720 // 38
    solid = np.flatnonzero(dark.sum(axis=1) >= 10 * zoom)
    y = (
        screen_size(figure)[1]
        - figure.axes[0].get_yticklabels()[1].get_window_extent().y0
    )
    assert solid[0] < y < solid[-1]
    across = np.flatnonzero(dark.sum(axis=0) >= 10 * zoom)
    box = figure.axes[0].get_xticklabels()[1].get_window_extent()
    assert across[0] < box.x0 < box.x1 < across[-1]


@pytest.mark.parametrize(
    "style", ["dark_background", "ggplot", "seaborn-v0_8-darkgrid", "Solarize_Light2"]
)
def test_styles_leave_the_pixels_alone(images, read_back, style):
    from matplotlib import style as styles

    expected = read_back(sample_grid(images))
    settings = {"savefig.dpi": 300, "xtick.minor.visible": True}
    with styles.context([style, settings]):
        np.testing.assert_array_equal(read_back(sample_grid(images)), expected)


def test_another_resolution_can_be_asked_for(images, read_back):
    figure = sample_grid(images)
    assert read_back(figure, dpi=256).shape[0] == 2 * read_back(figure).shape[0]


def test_what_a_notebook_shows_is_what_is_saved(images, read_back):
    figure = sample_grid(images)
    shown = np.asarray(Image.open(io.BytesIO(figure._repr_png_())))[..., :3]
    np.testing.assert_array_equal(shown, read_back(figure))


def test_pyplot_and_its_backend_are_left_alone():
    code = """
import io, matplotlib
before = matplotlib.rcParams.copy()
import numpy as np
from vaezoo.plotting import sample_grid
sample_grid(np.zeros((4, 8, 8, 1))).savefig(io.BytesIO())
drawn = matplotlib.rcParams.copy()
assert drawn == before
import matplotlib.pyplot as plt
assert plt.get_fignums() == []
"""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
