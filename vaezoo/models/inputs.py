"""Data are checked before the first step, not by the error it would die of."""

import itertools
from collections.abc import Iterator
from types import GeneratorType
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from vaezoo.images import check_images
from vaezoo.models.array_pipeline import Arrays, check_weights
from vaezoo.models.conditions import Condition


class FitData(NamedTuple):
    """Checked data for `fit`, `evaluate` and `predict`.

    Attributes:
        x: Images as an array, or a source of batches that Keras knows.
        y: The condition as an array; None beside a source of batches.
        images: The array; or the first batch of a source that can be read again.
    """

    x: Any
    y: np.ndarray | None
    images: np.ndarray | None

    @property
    def is_array(self) -> bool:
        """Whether `x` is an array."""
        return self.x is self.images

    def arrays(self, sample_weight: Any) -> Arrays:
        """The arrays, with a weight for each image.

        Raises:
            ValueError: If there are more or fewer weights than images.
        """
        return Arrays(self.x, self.y, check_weights(sample_weight, len(self.x)))


def check_fit_data(
    x: Any,
    y: Any,
    image_shape: tuple[int, ...],
    condition: Condition | None = None,
    steps: int | None = None,
) -> FitData:
    """Checks what `fit`, `evaluate` and `predict` are given.

    Of a data set, a `PyDataset` or a generator, the first batch is looked at: floats in
    [0, 255] are a classic.

    Args:
        x: Images as an array, or a source of batches that Keras knows.
        y: The condition.
        image_shape: `(height, width, channels)` that the model takes.
        condition: The condition that the model takes, if any.
        steps: How many batches are taken, if that is given.

    Returns:
        The data: arrays where they are array-like; a generator as a new one.

    Raises:
        ValueError: If the data do not fit the model.
    """
    if x is None:
        raise ValueError("Expected images or a data set. Received: x=None")
    _check_ends(x, steps)
    is_array = hasattr(x, "__array__") or not hasattr(x, "__iter__") or _is_plain(x)
    source = isinstance(x, (tf.data.Dataset, GeneratorType, keras.utils.PyDataset))
    if is_array and not source:
        # The labels first: in place of images, they are the likelier mistake.
        _check_unconditional(y, condition)
        images = check_images(x, image_shape)
        y = None if condition is None else condition.check(y, len(images))
        return FitData(images, y, images)
    _check_unconditional(y, condition)
    if y is not None:
        raise ValueError(
            "Expected the condition in the data set, as batches `(x, y)`. "
            f"Received: x of type {type(x).__name__}, y of type {type(y).__name__}"
        )
    images = None  # of a loader of another library, Keras knows or says so
    if isinstance(x, tf.data.Dataset):
        _check_spec(x.element_spec, image_shape, condition)
        images = _check_batch(_first(iter(x.take(1))), image_shape, condition)
    elif isinstance(x, GeneratorType):
        x = _checked_generator(x, image_shape, condition)
    elif isinstance(x, keras.utils.PyDataset):
        images = _check_batch(x[0], image_shape, condition)
    return FitData(x, None, images)


def unpack(data: Any) -> tuple[tf.Tensor, tf.Tensor | None, tf.Tensor | None]:
    """Images, condition and weights of a batch, inside a graph."""
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    if isinstance(x, (tuple, list)):
        x, y = x  # the two inputs of a conditional model, from `predict`
    return x, y, sample_weight


def valid_rows(x: tf.Tensor) -> tf.Tensor | None:
    """Which images of a batch are images, in a graph; `None` if all must be.

    Of a data set, only the first batch was looked at.

    Args:
        x: uint8 or float images, `(batch, height, width, channels)`.

    Returns:
        Booleans `(batch,)`.
    """
    if not x.dtype.is_floating:
        return None
    valid = (x >= 0) & (x <= 1)
    return tf.reduce_all(tf.reshape(valid, [tf.shape(x)[0], -1]), axis=1)


def _check_ends(x: Any, steps: int | None) -> None:
    endless = (
        isinstance(x, tf.data.Dataset)
        and x.cardinality() == tf.data.INFINITE_CARDINALITY
    )
    if endless and steps is None:
        raise ValueError(
            "Expected a data set that ends, or the number of batches to take of it, "
            "`steps_per_epoch`, `validation_steps` or `steps`. "
            "Received: a data set that repeats forever"
        )


def _is_plain(x: Any) -> bool:
    return isinstance(x, (list, tuple, dict, str, bytes))


def _check_unconditional(y: Any, condition: Condition | None) -> None:
    if y is not None and condition is None:
        raise ValueError(
            "Expected images alone: the model is not conditional, and a VAE is its own "
            "target. Of a data set, drop the labels with "
            "`dataset.map(lambda x, y: x)`. "
            f"Received: y of type {type(y).__name__}"
        )


def _check_spec(
    spec: Any, image_shape: tuple[int, ...], condition: Condition | None
) -> None:
    """Checks what a data set says of its elements, before one is made."""
    parts = spec if isinstance(spec, tuple) else (spec,)
    if condition is not None and len(parts) == 1 and isinstance(parts[0], tuple):
        parts = parts[0]
    if len(parts) > 1 and not isinstance(parts[1], tf.NoneTensorSpec):
        _check_unconditional(parts[1], condition)
    if not isinstance(parts[0], tf.TensorSpec):
        raise ValueError(
            "Expected a data set of images, one tensor a batch. "
            f"Received: elements of type {type(parts[0]).__name__}"
        )
    shape, dtype = parts[0].shape, parts[0].dtype
    if not shape.is_compatible_with([None, *image_shape]):
        sizes = ", ".join(str(size) for size in image_shape)
        raise ValueError(
            f"Expected batches of images of shape (batch, {sizes}). "
            f"Received: elements of shape {tuple(shape)}"
        )
    if dtype != tf.uint8 and not dtype.is_floating and dtype != tf.bool:
        raise ValueError(
            "Expected images as uint8 or as floats in [0, 1]. "
            f"Received: elements of dtype {dtype.name}"
        )


def _checked_generator(
    generator: Iterator, image_shape: tuple[int, ...], condition: Condition | None
) -> Iterator:
    """A generator of the same batches, once the first has been looked at."""
    first = _first(generator)
    _check_batch(first, image_shape, condition)

    def batches() -> Iterator:
        for batch in itertools.chain([first], generator):
            # Keras wants tuples of generators, and of them alone.
            yield batch if isinstance(batch, tuple) else (batch,)

    return batches()


def _first(batches: Iterator) -> Any:
    for batch in batches:
        return batch
    raise ValueError(
        "Expected at least one batch of images. Received: an empty data set"
    )


def _check_batch(
    batch: Any, image_shape: tuple[int, ...], condition: Condition | None
) -> np.ndarray:
    """Checks one batch and returns its images."""
    x, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
    if condition is not None and isinstance(x, (tuple, list)) and len(x) == 2:
        x, y = x
    _check_unconditional(y, condition)
    images = check_images(x, image_shape)
    if condition is not None:
        condition.check(y, len(images))
    return images
