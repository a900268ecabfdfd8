"""Class labels as a condition."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo.models.conditions.condition import Condition
from vaezoo.networks.arguments import check_size


@keras.saving.register_keras_serializable(package="vaezoo")
class Labels(Condition):
    """The class of an image, an integer from 0; the networks get a one-hot vector.

    A column of labels `(n, 1)`, as some data sets have it, is taken too.

    Args:
        num_classes: Number of classes.

    Raises:
        ValueError: If `num_classes` is not a positive integer.

    Example:
        >>> Labels(10).check([3, 1, 4]).tolist()
        [3, 1, 4]
    """

    serving_name = "label"
    dtype = "int64"

    def __init__(self, num_classes: int) -> None:
        self.num_classes = check_size("num_classes", num_classes)

    @property
    def value_shape(self) -> tuple[int, ...]:
        """`()`."""
        return ()

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """`(num_classes,)`."""
        return (self.num_classes,)

    def features(self, y: tf.Tensor) -> tf.Tensor:
        """One-hot vectors, inside a graph; NaN for a label that is no class.

        Args:
            y: Integers, `(batch,)` or `(batch, 1)`.

        Returns:
            float32 `(batch, num_classes)`.
        """
        y = tf.reshape(tf.cast(y, tf.int64), [-1])
        valid = (y >= 0) & (y < self.num_classes)
        one_hot = tf.one_hot(y, self.num_classes, dtype=tf.float32)
        return tf.where(valid[:, None], one_hot, math.nan)

    def example(self, n: int, seed: int = 0) -> np.ndarray:
        """Random labels, int64 `(n,)`; of few classes, each occurs."""
        return np.random.default_rng(seed).permutation(self.cycle(n))

    def cycle(self, n: int) -> np.ndarray:
        """The classes in order, again and again: int64 `(n,)`."""
        return np.arange(n, dtype=np.int64) % self.num_classes

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"num_classes": self.num_classes}

    def _standardize(self, array: np.ndarray) -> np.ndarray:
        if array.ndim == 2 and array.shape[1] == 1:
            array = array[:, 0]
        if array.ndim > 1:
            hint = " Of one-hot vectors, pass `y.argmax(axis=-1)`."
            raise self._refusal(f"shape {array.shape}, dtype {array.dtype}", hint)
        if array.dtype.kind not in "iu":
            hint = " Convert whole numbers with `y.astype('int64')`."
            raise self._refusal(f"dtype {array.dtype}", hint)
        outside = (array < 0) | (array >= self.num_classes)
        if outside.any():
            worst = sorted(set(array[outside].reshape(-1).tolist()))
            raise self._refusal(f"labels {', '.join(map(str, worst[:5]))} among them")
        return array

    def _expected(self) -> str:
        return f"integer labels from 0 to {self.num_classes - 1} of shape (n,)"
