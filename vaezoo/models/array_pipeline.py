"""Arrays as the batches that `fit` and `evaluate` take."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from vaezoo.images import as_array
from vaezoo.integers import check_count
from vaezoo.models.epoch_order import EpochOrder

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
    order: EpochOrder | None = None,
) -> tf.data.Dataset:
    """Batches of arrays, each one gather from arrays that stay as they are.

    Autotune is off: with it, the teardown of an iterator at the end of an epoch can
    hang for seconds.

    Args:
        arrays: What to take the batches of; uint8 images stay uint8.
        batch_size: Images in a batch; the last one may be smaller. By default 32, or
            what makes `steps` batches of all images.
        steps: Steps an epoch, where they are given.
        order: The order of an epoch; by default that of the arrays. Without `steps` it
            must be among the callbacks of `fit`.

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

    def gathered(rows: tf.Tensor) -> Any:
        taken = [None if t is None else tf.gather(t, rows) for t in tensors]
        # Keras hands images alone to a step as they are, not as a tuple of one.
        return tuple(taken) if len(taken) > 1 else taken[0]

    options = tf.data.Options()
    options.autotune.enabled = False
    # There is nothing to optimize, and to find that out takes time each epoch.
    options.experimental_optimization.apply_default_optimizations = False
    # Several steps take their batches at once.
    size = sum(part[:batch_size].nbytes for part in parts if part is not None)
    ahead = min(_BATCHES_AHEAD, max(2, _BYTES_AHEAD // size))
    starts = tf.data.Dataset.range(0, count, batch_size, output_type=tf.int32)
    if order is not None and steps is not None:
        batches = _passes(starts, batch_size, order, gathered)
    else:
        batches = _epochs(starts, batch_size, count, order, gathered)
    return batches.with_options(options).prefetch(ahead)


def check_weights(sample_weight: Any, count: int) -> np.ndarray | None:
    """Checks the weights of images.

    Args:
        sample_weight: One number an image, or None.
        count: Number of images.

    Returns:
        float32 `(count,)`, or None.

    Raises:
        ValueError: If there are more or fewer than images, or they are not numbers.
    """
    if sample_weight is None:
        return None
    expected = f"Expected `sample_weight`, one number for each of the {count} images"
    try:
        weights = as_array(sample_weight)
    except ValueError as error:
        raise ValueError(f"{expected}. {error}") from error
    if weights.shape[:1] != (count,) or weights.size != count:
        raise ValueError(
            f"{expected}. Received: sample_weight of shape {weights.shape}"
        )
    if weights.dtype.kind not in "biuf":
        raise ValueError(f"{expected}. Received: sample_weight of {weights.dtype}")
    with np.errstate(over="ignore"):
        weights = weights.reshape(count).astype("float32")
    if not np.isfinite(weights).all():
        raise ValueError(f"{expected}. Received: NaN or infinite values")
    return weights


def _epochs(
    starts: tf.data.Dataset,
    batch_size: int,
    count: int,
    order: EpochOrder | None,
    gathered: Callable[[tf.Tensor], Any],
) -> tf.data.Dataset:
    """The batches of an epoch, in the order that is made when an epoch begins.

    One function that is soon traced: `fit` makes it anew, and Keras makes two iterators
    of it an epoch.
    """

    @tf.autograph.experimental.do_not_convert
    def batch(start: tf.Tensor) -> Any:
        stop = tf.minimum(start + batch_size, count)
        in_place = order is None
        return gathered(tf.range(start, stop) if in_place else order.rows[start:stop])

    return starts.map(batch)


def _passes(
    starts: tf.data.Dataset,
    batch_size: int,
    order: EpochOrder,
    gathered: Callable[[tf.Tensor], Any],
) -> tf.data.Dataset:
    """The batches of a pass, whose order is made at its first batch.

    With a given number of steps an epoch, Keras goes on with a pass in the next epoch.
    """
    count = int(starts.cardinality())

    def made() -> tf.Tensor:
        # In Python: a pipeline would prepare so large a graph anew at every pass.
        rows = tf.py_function(lambda: order.make_of_pass(count), [], tf.int32)
        return tf.ensure_shape(rows, order.rows.shape)

    @tf.autograph.experimental.do_not_convert
    def batch(rows: tf.Tensor, start: tf.Tensor) -> tuple[tf.Tensor, Any]:
        rows = tf.cond(tf.equal(start, 0), made, lambda: rows)
        return rows, gathered(rows[start : start + batch_size])

    return starts.scan(tf.zeros(order.rows.shape, tf.int32), batch)


def _check_batch_size(batch_size: Any, steps: Any, count: int) -> int:
    if steps is not None:
        steps = check_count("steps_per_epoch", steps, 1)
    if batch_size is not None:
        return check_count("batch_size", batch_size, 1)
    return _BATCH_SIZE if steps is None else -(-count // steps)
