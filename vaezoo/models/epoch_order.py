"""The order in which `fit` takes the rows of arrays, another one at each epoch."""

from typing import Any

import keras
import tensorflow as tf

from vaezoo import random
from vaezoo.random import Stream


class EpochOrder(keras.callbacks.Callback):
    """A permutation, a function of the seed and the steps made before it.

    Args:
        seed: The model's seed.
        steps_made: What counts the steps of training.
        count: Number of rows.

    Attributes:
        rows: int32 `(count,)`: as a callback of `fit`, the order of the epoch that it
            is in.
    """

    def __init__(self, seed: int, steps_made: tf.Variable, count: int) -> None:
        super().__init__()
        self._seed, self._steps_made = seed, steps_made
        with tf.device("CPU:0"):
            self.rows = tf.Variable(tf.range(count), trainable=False)

    def make(self) -> tf.Tensor:
        """The order of an epoch that begins now, int32 `(count,)`."""
        seed = tf.constant(self._seed, tf.int64)
        step = tf.cast(self._steps_made, tf.int64)
        return _permutation(seed, step, tf.constant(self.rows.shape[0]))

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Another order."""
        self.rows.assign(self.make())


@tf.function(autograph=False, reduce_retracing=True)
def _permutation(seed: tf.Tensor, step: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    seeds = random.row_seeds(random.fold_in(seed, step, Stream.ORDER), count)
    return tf.argsort(seeds, stable=True)
