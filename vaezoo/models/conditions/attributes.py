"""Attribute vectors as a condition."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo.models.conditions.condition import Condition
from vaezoo.networks.arguments import check_size


@keras.saving.register_keras_serializable(package="vaezoo")
class Attributes(Condition):
    """A vector of numbers for each image; the networks get it as it is.

    Attributes should be of about unit size; scale factors such as positions and angles
    before training.

    Args:
        size: Number of attributes.

    Raises:
        ValueError: If `size` is not a positive integer.

    Example:
        >>> Attributes(2).check([[0.5, 1], [0, -1]]).dtype
        dtype('float32')
    """

    def __init__(self, size: int) -> None:
        self.size = check_size("size", size)

    @property
    def value_shape(self) -> tuple[int, ...]:
        """`(size,)`."""
        return (self.size,)

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """`(size,)`."""
        return (self.size,)

    def features(self, y: tf.Tensor) -> tf.Tensor:
        """The attributes in float32, inside a graph.

        Args:
            y: `(batch, size)`.

        Returns:
            float32 `(batch, size)`.
        """
        return tf.ensure_shape(tf.cast(y, tf.float32), [None, self.size])

    def example(self, n: int, seed: int = 0) -> np.ndarray:
        """Standard normal attributes, float32 `(n, size)`."""
        rng = np.random.default_rng(seed)
        return rng.normal(size=(n, self.size)).astype("float32")

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"size": self.size}

    def _standardize(self, array: np.ndarray) -> np.ndarray:
        if array.ndim not in (1, 2) or array.shape[-1] != self.size:
            raise self._refusal(f"shape {array.shape}, dtype {array.dtype}")
        array = array.astype("float32")
        if not np.isfinite(array).all():
            raise self._refusal("NaN or infinite values", " All must be finite.")
        return array

    def _expected(self) -> str:
        return f"numbers of shape (n, {self.size})"
