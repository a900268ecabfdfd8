"""PNG and JPEG files inside a graph."""

from collections.abc import Sequence

import tensorflow as tf

MAX_PIXELS = 2**24
"""Pixels of the largest file that is decoded: each takes up to 30 bytes of memory."""

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_PNG_HEADER = 24  # the signature, and the first chunk up to width and height
_SMALL_GREY = (b"\1\0", b"\2\0", b"\4\0")  # bits and kind of a pixel, at byte 24
_LUMA = (0.299, 0.587, 0.114)  # of red, green and blue (ITU-R BT.601)


def encode_png(images: tf.Tensor) -> tf.Tensor:
    """Images as PNG files.

    Args:
        images: Floats in [0, 1], `(batch, height, width, channels)`, of one or three
            channels.

    Returns:
        Strings `(batch,)`; an empty one for an image with NaN or infinite pixels.
    """
    finite = tf.math.is_finite(images)
    images = tf.clip_by_value(tf.where(finite, images, 0.0), 0.0, 1.0)
    pixels = tf.cast(tf.round(images * 255.0), tf.uint8)
    png = tf.TensorSpec([], tf.string)
    files = tf.map_fn(tf.io.encode_png, pixels, fn_output_signature=png)
    return tf.where(tf.reduce_all(finite, axis=[1, 2, 3]), files, "")


def decode_images(files: tf.Tensor, image_shape: Sequence[int]) -> tf.Tensor:
    """The images of PNG and JPEG files of any size, as a model takes them.

    Transparent pixels are mixed with black. The picture is stretched to the model's
    size, each new pixel the mean over the area that it covers, and its colours become
    grey where the model's images are. A picture of the right size and number of
    channels is scaled by 1/255 and nothing else, exactly as uint8 images are.

    Args:
        files: Strings `(batch,)`.
        image_shape: `(height, width, channels)`, of one or three channels.

    Returns:
        float32 `(batch, height, width, channels)`, in [0, 1].

    Raises:
        tf.errors.InvalidArgumentError: When the graph is run, if one of the files is
            neither PNG nor JPEG, has too many pixels, or is damaged. It names the size
            that is expected, and the row. The whole batch fails, as no row of an
            output can hold an error.
    """
    size = "x".join(map(str, image_shape))
    files, is_png = _checked(files, size)
    scope = f"expected_a_PNG_or_JPEG_file_for_{size}"  # in errors of damaged files

    def decode(row: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        file, is_png = row
        pixels = tf.cond(
            is_png,
            lambda: _png_pixels(file, scope),
            lambda: _jpeg_pixels(file, scope, size),
        )
        area = tf.image.ResizeMethod.AREA
        return tf.image.resize(pixels, image_shape[:2], area)

    spec = tf.TensorSpec([*image_shape[:2], 3], tf.float32)
    # One at a time: of large files, several would take their memory together.
    images = tf.map_fn(
        decode, (files, is_png), fn_output_signature=spec, parallel_iterations=1
    )
    if image_shape[2] == 1:
        # In float64, so that what is grey already stays as it is to the last bit.
        colours = tf.cast(images, tf.float64) * _LUMA
        images = tf.cast(tf.reduce_sum(colours, axis=-1, keepdims=True), tf.float32)
    return images * (1.0 / 255.0)


def _checked(files: tf.Tensor, size: str) -> tuple[tf.Tensor, tf.Tensor]:
    """The files, once all begin as they should, and whether they are PNG."""
    heads = tf.strings.substr(
        tf.strings.join([files, tf.constant(bytes(_PNG_HEADER))]), 0, _PNG_HEADER
    )
    is_png = tf.equal(tf.strings.substr(heads, 0, len(_PNG)), _PNG)
    is_jpeg = tf.equal(tf.strings.substr(heads, 0, len(_JPEG)), _JPEG)
    numbers = tf.strings.substr(heads, _PNG_HEADER - 8, 8)
    sides = tf.io.decode_raw(numbers, tf.int32, little_endian=False)
    sides = tf.cast(tf.reshape(sides, [-1, 2]), tf.int64)
    pixels = tf.reduce_prod(sides, axis=1)
    fits = tf.reduce_all(sides > 0, axis=1) & (pixels <= MAX_PIXELS)
    valid = is_jpeg | (is_png & fits)
    rows = tf.where(~valid)[:, 0]
    known = _assert(
        tf.reduce_all(valid), size, ["something else in the rows", rows, "of the batch"]
    )
    with tf.control_dependencies([known]):
        return tf.identity(files), is_png


def _png_pixels(file: tf.Tensor, scope: str) -> tf.Tensor:
    with tf.name_scope(scope):
        pixels = tf.cast(tf.io.decode_png(file, channels=4), tf.uint16)
        # Of grey pixels of 1, 2 and 4 bits, an opaque one is 1, 3 and 15.
        is_small = tf.reduce_any(tf.equal(tf.strings.substr(file, 24, 2), _SMALL_GREY))
    colours, alpha = pixels[..., :3], pixels[..., 3:]
    one, full = tf.constant(1, tf.uint16), tf.constant(255, tf.uint16)
    opaque = tf.where(is_small, tf.maximum(tf.reduce_max(alpha), one), full)
    return tf.cast((colours * alpha + opaque // 2) // opaque, tf.uint8)


def _jpeg_pixels(file: tf.Tensor, scope: str, size: str) -> tf.Tensor:
    with tf.name_scope(scope):
        sides = tf.cast(tf.io.extract_jpeg_shape(file)[:2], tf.int64)
        fits = tf.reduce_prod(sides) <= MAX_PIXELS
        with tf.control_dependencies([_assert(fits, size, ["a JPEG of", sides])]):
            return tf.io.decode_jpeg(file, channels=3)


def _assert(condition: tf.Tensor, size: str, received: list) -> tf.Operation:
    expected = (
        f"Expected PNG or JPEG files of at most {MAX_PIXELS} pixels, which are resized "
        f"to {size} (height x width x channels). Received:"
    )
    return tf.debugging.Assert(condition, [expected, *received], summarize=20)
