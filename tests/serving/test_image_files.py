"""PNG and JPEG files as images, and back, without a model."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from vaezoo.data.area_averaging import shrink
from vaezoo.serving.image_files import MAX_PIXELS, decode_images, encode_png


def decoded(files, shape):
    function = tf.function(
        lambda files: decode_images(files, shape),
        input_signature=[tf.TensorSpec([None], tf.string)],
        autograph=False,
    )
    return function(tf.constant(files, tf.string)).numpy()


def file_of(image, kind="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


@pytest.fixture(scope="module")
def colours():
    return np.random.default_rng(0).integers(0, 256, (28, 20, 3), dtype="uint8")


@pytest.fixture(scope="module")
def greys(colours):
    return colours[..., 0]


def test_of_the_right_size_the_pixels_are_exactly_those_of_uint8(colours, greys):
    grey, colour = (file_of(Image.fromarray(a)) for a in (greys, colours))
    scale = np.float32(1 / 255)
    expected = greys[..., None].astype("float32") * scale
    np.testing.assert_array_equal(decoded([grey], (28, 20, 1))[0], expected)
    expected = colours.astype("float32") * scale
    np.testing.assert_array_equal(decoded([colour], (28, 20, 3))[0], expected)


def test_every_kind_of_file(colours, greys):
    opaque = np.full((28, 20, 1), 255, "uint8")
    rgba = np.concatenate([colours, opaque], axis=-1)
    grey_alpha = np.concatenate([greys[..., None], opaque], axis=-1)
    palette = Image.fromarray(colours).convert("P")
    smooth = np.add.outer(np.arange(28) * 4, np.arange(20) * 6).astype("uint8")
    jpeg = file_of(Image.fromarray(smooth), "JPEG", quality=98)
    cases = [
        (file_of(Image.fromarray(rgba)), colours, 0),
        (file_of(Image.fromarray(grey_alpha)), greys, 0),
        (file_of(Image.fromarray(greys.astype("uint16") * 257)), greys, 0),
        (file_of(palette), np.asarray(palette.convert("RGB")), 0),
        (file_of(Image.fromarray(greys > 99)), np.uint8(255) * (greys > 99), 0),
        (file_of(Image.fromarray(colours), optimize=True), colours, 0),
        (jpeg, smooth, 4),
        (file_of(Image.fromarray(smooth), "JPEG", progressive=True), smooth, 12),
        (file_of(Image.fromarray(smooth).convert("CMYK"), "JPEG"), smooth, 24),
    ]
    received = decoded([file for file, _, _ in cases], (28, 20, 3)) * 255
    for image, (_, expected, tolerance) in zip(received, cases, strict=True):
        expected = np.broadcast_to(np.atleast_3d(expected), (28, 20, 3))
        np.testing.assert_allclose(image, expected, rtol=0, atol=tolerance + 1e-4)


def test_colours_become_grey_by_their_brightness():
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], "uint8")
    image = decoded([file_of(Image.fromarray(colours))], (1, 3, 1))[0, 0, :, 0]
    np.testing.assert_allclose(image, [0.299, 0.587, 0.114], atol=1e-6)


def test_what_is_transparent_is_black():
    pixels = np.array([[[255, 255, 255, a] for a in (0, 51, 255)]], "uint8")
    image = decoded([file_of(Image.fromarray(pixels))], (1, 3, 1))[0, 0, :, 0]
    np.testing.assert_allclose(image, [0.0, 0.2, 1.0], atol=1e-6)


def test_sizes_are_those_of_area_averaging(colours):
    file = file_of(Image.fromarray(colours))
    for height, width in ((7, 5), (9, 11), (1, 1)):
        received = decoded([file], (height, width, 3))[0] * 255
        expected = shrink(colours[None], height, width)[0]
        np.testing.assert_allclose(received, expected, rtol=0, atol=0.51)
    small = np.array([[10, 250]], "uint8")
    received = decoded([file_of(Image.fromarray(small))], (2, 4, 1))[0, ..., 0] * 255
    np.testing.assert_allclose(received, [[10, 10, 250, 250]] * 2, atol=1e-4)


def test_the_largest_file_and_one_that_is_larger():
    shape = (4, 4, 1)
    side = int(MAX_PIXELS**0.5)
    for kind in ("PNG", "JPEG"):
        fits = file_of(Image.new("L", (side, side), 255), kind)
        np.testing.assert_allclose(decoded([fits], shape), 1.0, atol=1e-6)
        larger = file_of(Image.new("L", (side + 1, side)), kind)
        with pytest.raises(tf.errors.InvalidArgumentError, match="at most 16777216"):
            decoded([larger], shape)


def test_no_files_are_no_images():
    assert decoded([], (3, 4, 1)).shape == (0, 3, 4, 1)
    assert encode_png(tf.zeros([0, 3, 4, 1])).shape == (0,)


def test_files_of_images():
    images = np.array([0.0, 0.1, 0.5, 1.0, -0.2, 1.7], "float32").reshape(1, 2, 3, 1)
    (file,) = encode_png(tf.constant(images)).numpy()
    expected = [[0, 26, 128], [255, 0, 255]]  # 127.5 is rounded to the even number
    np.testing.assert_array_equal(tf.io.decode_png(file)[..., 0], expected)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_image_that_is_not_finite_is_an_empty_file(bad):
    images = np.zeros((3, 2, 2, 3), "float32")
    images[1, 0, 1, 2] = bad
    files = encode_png(tf.constant(images)).numpy()
    assert files[1] == b""
    assert files[0] == files[2] != b""
