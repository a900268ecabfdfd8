"""Data are checked before the first step, not by the error it would die of."""

from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo.images import check_images


def check_fit_data(
    x: Any, y: Any, image_shape: tuple[int, ...], conditional: bool
) -> Any:
    """Checks what `fit`, `evaluate` and `predict` are given.

    Args:
        x: Images as an array, or a data set or generator of batches.
        y: The condition.
        image_shape: `(height, width, channels)` that the model takes.
        conditional: Whether the model takes a condition.

    Returns:
        `x`, as an array if it is array-like.

    Raises:
        ValueError: If the data do not fit the model.
    """
    if y is not None and not conditional:
        raise ValueError(
            "Expected images alone: the model is not conditional, and a VAE is its own "
            f"target. Received: y of type {type(y).__name__}"
        )
    if x is None:
        raise ValueError("Expected images or a data set. Received: x=None")
    if isinstance(x, tf.data.Dataset):
        _check_dataset(x, image_shape, conditional)
        return x
    if _is_generator(x):
        return x
    return check_images(x, image_shape)


def _is_generator(x: Any) -> bool:
    """Sequences of batches and generators: looking would use them up."""
    return not hasattr(x, "__array__") and not isinstance(x, (list, tuple))


def _check_dataset(
    dataset: tf.data.Dataset, image_shape: tuple[int, ...], conditional: bool
) -> None:
    spec = dataset.element_spec
    parts = spec if isinstance(spec, tuple) else (spec,)
    if len(parts) > 1 and parts[1] is not None and not conditional:
        kind = getattr(parts[1], "shape", None)
        if not isinstance(parts[1], tf.NoneTensorSpec):
            raise ValueError(
                "Expected a data set of images alone: the model is not conditional. "
                "Drop the labels with `dataset.map(lambda x, y: x)`. "
                f"Received: elements with labels of shape {kind}"
            )
    shape, dtype = parts[0].shape, parts[0].dtype
    if shape.rank is not None and not shape.is_compatible_with([None, *image_shape]):
        raise ValueError(
            f"Expected batches of images of shape (batch, {_join(image_shape)}). "
            f"Received: elements of shape {tuple(shape)}"
        )
    if dtype != tf.uint8 and not dtype.is_floating and dtype != tf.bool:
        raise ValueError(
            "Expected images as uint8 or as floats in [0, 1]. "
            f"Received: elements of dtype {dtype.name}"
        )
    _check_first_batch(dataset, image_shape)


def _check_first_batch(dataset: tf.data.Dataset, image_shape: tuple[int, ...]) -> None:
    """Looks at the values of the first batch: floats in [0, 255] are a classic."""
    for element in dataset.take(1):
        images = element[0] if isinstance(element, tuple) else element
        check_images(np.asarray(images), image_shape)
        return
    raise ValueError(
        "Expected at least one batch of images. Received: an empty data set"
    )


def _join(shape: tuple[int, ...]) -> str:
    return ", ".join(str(n) for n in shape)
