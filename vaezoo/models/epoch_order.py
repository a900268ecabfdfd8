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
        batches_made: Batches of the first epoch, or pass, that an interrupted training
            has made; its order is that of the steps made before it.
    """

    def __init__(self, seed: int, steps_made: tf.Variable, count: int) -> None:
        super().__init__()
        self._seed, self._steps_made = seed, steps_made
        self._pass_start = 0
        self.batches_made = 0
        with tf.device("CPU:0"):
            self.rows = tf.Variable(tf.range(count), trainable=False)

    def make(self) -> tf.Tensor:
        """The order of an epoch that begins now, int32 `(count,)`."""
        return self._make(self._start())

    def make_of_pass(self, batches: int) -> tf.Tensor:
        """The order of the next pass of so many batches, int32 `(count,)`.

        A pipeline asks for it ahead of the steps.
        """
        start = self._pass_start
        self._pass_start += batches
        return self._make(start)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Remembers where the first pass begins."""
        self._pass_start = self._start()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Another order."""
        self.rows.assign(self.make())
        self.batches_made = 0

    def _start(self) -> int:
        return int(self._steps_made.numpy()) - self.batches_made

    def _make(self, step: int) -> tf.Tensor:
        seed, step = tf.constant(self._seed, tf.int64), tf.constant(step, tf.int64)
        return _permutation(seed, step, tf.constant(self.rows.shape[0]))


@tf.function(autograph=False, reduce_retracing=True)
def _permutation(seed: tf.Tensor, step: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    seeds = random.row_seeds(random.fold_in(seed, step, Stream.ORDER), count)
    return tf.argsort(seeds, stable=True)
