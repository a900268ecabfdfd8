"""What counts as a batch of images, checked in one place."""

from collections.abc import Sequence

import numpy as np

EXPECTED = (
    "images of shape (n, height, width, channels), uint8 (0..255), bool, or floats in "
    "[0, 1]"
)


def check_images(
    images: object, image_shape: Sequence[int | None] | None = None
) -> np.ndarray:
    """Checks a batch of images and returns it in one of two forms.

    Integer pixels mean 0..255 and float pixels mean [0, 1]; nothing else is guessed at,
    since floats in [0, 255] are the classic silent mistake.

    Args:
        images: Array-like, (n, height, width, channels): an array, nested lists, or a
            tensor. uint8; bool; or float16, float32 or float64 in [0, 1].
        image_shape: Shape of one image, (height, width, channels), that is required;
            `None` in a place accepts any size there.

    Returns:
        The images as uint8 (bool becomes 0 and 255) or as float32 in [0, 1]. uint8 and
        float32 arrays are passed through without a copy.

    Raises:
        ValueError: If the rank, the shape, the type or a value is not as described.
    """
    array = _as_array(images)
    _check_shape(array, image_shape)
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind != "f" or array.dtype.itemsize > 8:
        raise ValueError(_message(_dtype_hint(array), array))
    _check_range(array)
    return array.astype(np.float32, copy=False)


def _as_array(images: object) -> np.ndarray:
    try:
        return as_array(images)
    except ValueError as error:
        raise ValueError(f"Expected {EXPECTED}, all of one size. {error}") from error


def as_array(values: object) -> np.ndarray:
    """What NumPy makes of anything, if nothing gets lost.

    Args:
        values: An array, nested lists, a tensor, or what has `__array__`.

    Raises:
        ValueError: If it is no array, or a masked one with values that are masked.
    """
    if np.ma.is_masked(values):
        raise ValueError(
            "Fill masked values, as by `array.filled(0)`. "
            f"Received: an array of shape {values.shape} with masked values"
        )
    try:
        return np.asarray(values)
    except Exception as error:  # `__array__` may raise anything.
        raise ValueError(
            f"Received: {type(values).__name__} that is no array ({error})"
        ) from error


def _check_shape(array: np.ndarray, image_shape: Sequence[int | None] | None) -> None:
    if array.ndim == 3:
        hint = (
            "Add the channel axis with `images[..., None]`, or the batch axis of a "
            "single image with `images[None]`."
        )
        raise ValueError(_message(hint, array))
    if array.ndim != 4:
        raise ValueError(_message("", array))
    if array.size == 0:
        raise ValueError(_message("There must be at least one image.", array))
    if image_shape is None:
        return
    expected = tuple(image_shape)
    if len(expected) != 3 or any(
        size is not None and size != actual
        for size, actual in zip(expected, array.shape[1:], strict=True)
    ):
        hint = f"One image must have the shape {expected}."
        raise ValueError(_message(hint, array))


def _dtype_hint(array: np.ndarray) -> str:
    if np.issubdtype(array.dtype, np.integer):
        return "For pixels in 0..255, pass `images.astype('uint8')`."
    return "Pass `images.astype('float32')` if the values are in [0, 1]."


def _check_range(array: np.ndarray) -> None:
    # NaN spreads through min and max, so two reductions find every bad value.
    with np.errstate(invalid="ignore"):
        low, high = float(array.min()), float(array.max())
    if low >= 0.0 and high <= 1.0:
        return
    values = f", values from {low:g} to {high:g}"
    if np.isnan(low) or np.isnan(high):
        raise ValueError(_message("Every value must be finite.", array, ", with NaN"))
    if np.isinf(low) or np.isinf(high):
        raise ValueError(_message("Every value must be finite.", array, values))
    if low >= 0.0 and high <= 255.0:
        hint = "For pixels in 0..255, divide by 255 or pass uint8."
    elif low >= -1.0 and high <= 1.0:
        hint = "For pixels in [-1, 1], pass `(images + 1) / 2`."
    else:
        hint = "Rescale or clip the values to [0, 1]."
    raise ValueError(_message(hint, array, values))


def _message(hint: str, array: np.ndarray, values: str = "") -> str:
    parts = [f"Expected {EXPECTED}.", hint]
    parts.append(f"Received: shape {array.shape}, dtype {array.dtype}{values}")
    return " ".join(part for part in parts if part)
