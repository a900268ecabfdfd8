"""How many rows an evaluation has seen."""

from typing import Any

import keras
import tensorflow as tf


class RowCounter(keras.metrics.Metric):
    """Counts rows. A metric, for Keras resets metrics and never saves them as weights.

    With it the noise of row n of an evaluation depends on n and not on the batches.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rows = self.add_variable((), initializer="zeros", dtype="int32")

    def advance(self, count: tf.Tensor) -> tf.Tensor:
        """Adds `count` rows and returns the number of rows before them."""
        start = tf.convert_to_tensor(self.rows.value)
        start = tf.identity(start)
        self.rows.assign(start + tf.cast(count, tf.int32))
        return start

    def update_state(self, count: tf.Tensor) -> None:
        """Adds `count` rows."""
        self.advance(count)

    def result(self) -> tf.Tensor:
        """The number of rows."""
        return self.rows.value
