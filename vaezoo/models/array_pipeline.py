"""Arrays as the batches that `fit` and `evaluate` take."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from vaezoo import random
from vaezoo.integers import check_count
from vaezoo.random import Stream

# What Keras takes where neither batch size nor number of steps is given.
_BATCH_SIZE = 32

_BATCHES_AHEAD = 20
_BYTES_AHEAD = 2**25


class Arrays(NamedTuple):
    """What one trains on or evaluates, a row an image.

    Attributes:
        x: Checked images, `(n, height, width, channels)`.
        y: The checked condition, `(n, ...)`.
        sample_weight: A weight for each image, float32 `(n,)`.
    """

    x: np.ndarray
    y: np.ndarray | None = None
    sample_weight: np.ndarray | None = None

    def split(self, validation_split: float) -> tuple["Arrays", "Arrays"]:
        """The first rows and the last, as Keras splits.

        Args:
            validation_split: Share of the rows that come last.

        Returns:
            Two parts.

        Raises:
            ValueError: If either part would be empty.
        """
        count = len(self.x)
        at = math.floor(count * (1.0 - validation_split))
        if not 0 < at < count:
            raise ValueError(
                "Expected a `validation_split` that leaves images for training and for "
                f"validation. Received: validation_split={validation_split!r} of "
                f"{count} images"
            )
        return self._rows(slice(at)), self._rows(slice(at, None))

    def _rows(self, rows: slice) -> "Arrays":
        return Arrays(*(None if part is None else part[rows] for part in self))


def array_batches(
    arrays: Arrays,
    batch_size: int | None = None,
    steps: int | None = None,
    order: Callable[[tf.Tensor], tf.Tensor] | None = None,
) -> tf.data.Dataset:
    """Batches of arrays, each one gather from arrays that stay as they are.

    Autotune is off: with it, the teardown of an iterator at the end of an epoch can
    hang for seconds.

    Args:
        arrays: What to take the batches of; uint8 images stay uint8.
        batch_size: Images in a batch; the last one may be smaller. By default 32, or
            what makes `steps` batches of all images.
        steps: Steps an epoch, where they are given.
        order: From `n` to the order of an epoch, a permutation `(n,)`; called when the
            epoch begins. By default the order of the arrays.

    Returns:
        A data set of known cardinality of `x`, `(x, y)` or `(x, y, sample_weight)`.

    Raises:
        ValueError: If a number is not a positive integer.
    """
    count = len(arrays.x)
    batch_size = _check_batch_size(batch_size, steps, count)
    parts = [arrays.x] if arrays.y is None else [arrays.x, arrays.y]
    if arrays.sample_weight is not None:
        parts = list(arrays)
    with tf.device("CPU:0"):
        tensors = [p if p is None else tf.convert_to_tensor(p) for p in parts]

    @tf.autograph.experimental.do_not_convert
    def gathered(indices: tf.Tensor) -> Any:
        rows = [None if t is None else tf.gather(t, indices) for t in tensors]
        # Keras hands images alone to a step as they are, not as a tuple of one.
        return tuple(rows) if len(rows) > 1 else rows[0]

    indices = _indices(count, batch_size, order)
    options = tf.data.Options()
    options.autotune.enabled = False
    # There is nothing to optimize, and to find that out takes time each epoch.
    options.experimental_optimization.apply_default_optimizations = False
    # Several steps take their batches at once.
    size = sum(part[:batch_size].nbytes for part in parts if part is not None)
    ahead = min(_BATCHES_AHEAD, max(2, _BYTES_AHEAD // size))
    return indices.map(gathered).with_options(options).prefetch(ahead)


def shuffled(seed: int, steps_made: tf.Variable) -> Callable[[tf.Tensor], tf.Tensor]:
    """The order of an epoch, a function of the seed and the steps made before it.

    Args:
        seed: The model's seed.
        steps_made: What counts the steps of training.

    Returns:
        An `order` for `array_batches`.
    """

    def order(count: tf.Tensor) -> tf.Tensor:
        return _permutation(
            tf.constant(seed, tf.int64), tf.cast(steps_made, tf.int64), count
        )

    return order


@tf.function(autograph=False, reduce_retracing=True)
def _permutation(seed: tf.Tensor, step: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    seeds = random.row_seeds(random.fold_in(seed, step, Stream.ORDER), count)
    return tf.argsort(seeds, stable=True)


def check_weights(sample_weight: Any, count: int) -> np.ndarray | None:
    """Checks the weights of images.

    Args:
        sample_weight: One number an image, or None.
        count: Number of images.

    Returns:
        float32 `(count,)`, or None.

    Raises:
        ValueError: If there are more or fewer than images.
    """
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight)
    if weights.shape[:1] != (count,) or weights.size != count:
        raise ValueError(
            f"Expected `sample_weight`, one number for each of the {count} images. "
            f"Received: sample_weight of shape {weights.shape}"
        )
    return weights.reshape(count).astype("float32")


def _indices(
    count: int, batch_size: int, order: Callable[[tf.Tensor], tf.Tensor] | None
) -> tf.data.Dataset:
    """The indices of each batch, of an order that is made once an epoch."""
    starts = tf.data.Dataset.range(0, count, batch_size, output_type=tf.int32)

    @tf.autograph.experimental.do_not_convert
    def rows(_: tf.Tensor) -> tf.Tensor:
        if order is None:
            return tf.range(count)
        # In Python: a pipeline would prepare so large a graph anew at every epoch.
        made = tf.py_function(lambda: order(tf.constant(count)), [], tf.int32)
        return tf.ensure_shape(made, [count])

    @tf.autograph.experimental.do_not_convert
    def batches(rows: tf.Tensor) -> tf.data.Dataset:
        return starts.map(lambda start: rows[start : start + batch_size])

    epochs = tf.data.Dataset.range(1).map(rows)
    length = -(-count // batch_size)
    cardinality = tf.data.experimental.assert_cardinality(length)
    return epochs.flat_map(batches).apply(cardinality)


def _check_batch_size(batch_size: Any, steps: Any, count: int) -> int:
    if steps is not None:
        steps = check_count("steps_per_epoch", steps, 1)
    if batch_size is not None:
        return check_count("batch_size", batch_size, 1)
    return _BATCH_SIZE if steps is None else -(-count // steps)
