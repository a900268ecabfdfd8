import numpy as np
import pytest
from PIL import Image

from vaezoo.plotting import sample_grid


@pytest.mark.parametrize(
    ("columns", "shape"), [(None, (3, 3)), (7, (1, 7)), (1, (7, 1))]
)
def test_the_saved_picture_holds_every_pixel(images, cells, columns, shape):
    rows, across = shape
    shown = cells(sample_grid(images, columns), (6, 5), across, rows)
    expected = np.full((rows * across, 6, 5, 3), 255, np.uint8)
    expected[:7] = images
    np.testing.assert_array_equal(shown, expected)


def test_colour_keeps_its_channels(cells):
    images = np.random.default_rng(1).integers(0, 256, (4, 3, 8, 3)).astype("uint8")
    np.testing.assert_array_equal(
        cells(sample_grid(images), (3, 8), columns=2, rows=2), images
    )


def test_float_bool_and_uint8_images_look_the_same(images, read_back):
    expected = read_back(sample_grid(images))
    np.testing.assert_array_equal(read_back(sample_grid(images / 255.0)), expected)
    binary = images > 127
    np.testing.assert_array_equal(
        read_back(sample_grid(binary)), read_back(sample_grid(binary.astype("float32")))
    )


def test_flat_images_are_not_stretched_to_the_full_range(cells):
    grey = np.full((1, 4, 4, 1), 0.4)
    assert (cells(sample_grid(grey), (4, 4), 1, 1) == 102).all()


def test_a_gap_of_white_surrounds_each_image(read_back):
    black = np.zeros((4, 100, 100, 1), np.uint8)
    picture = read_back(sample_grid(black))
    zoom = 3
    assert picture.shape == (206 * zoom, 206 * zoom, 3)
    line = (picture[10 * zoom, ::zoom] == 255).all(-1)
    np.testing.assert_array_equal(np.flatnonzero(line), [0, 1, 102, 103, 204, 205])


def test_a_file_by_its_suffix(images, tmp_path):
    figure = sample_grid(images)
    figure.savefig(tmp_path / "grid.png")
    with Image.open(tmp_path / "grid.png") as picture:
        assert picture.format == "PNG"
        assert list(picture.size) == (figure.get_size_inches() * figure.dpi).tolist()
    figure.savefig(tmp_path / "grid.pdf")
    assert (tmp_path / "grid.pdf").read_bytes().startswith(b"%PDF")


def test_no_more_columns_than_images(images, read_back):
    np.testing.assert_array_equal(
        read_back(sample_grid(images, 100)), read_back(sample_grid(images, 7))
    )


@pytest.mark.parametrize("columns", [0, -1, 2.5, "3", True, [2]])
def test_columns_must_be_a_positive_integer(images, columns):
    with pytest.raises(ValueError, match=r"`columns`.*Received: columns="):
        sample_grid(images, columns)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.zeros((2, 4, 4, 2)), "1 or 3 channels.*Received: shape"),
        (np.zeros((4, 4, 1)), r"batch axis.*Received: shape \(4, 4, 1\)"),
        (np.zeros((0, 4, 4, 1)), "at least one image"),
        (np.full((1, 4, 4, 1), 200.0), "divide by 255"),
        (np.full((1, 4, 4, 1), np.nan), "NaN"),
        ("images", "Received"),
    ],
)
def test_what_are_no_images_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        sample_grid(bad)
