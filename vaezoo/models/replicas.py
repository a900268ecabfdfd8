"""The replicas of a model under `tf.distribute`: each one holds rows of the batch.

A step makes the same of a batch however many replicas share it: the noise of a row
depends on its number in the whole batch, and a mean is one over the whole batch.
"""

from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf


class Rows(NamedTuple):
    """Which rows of the whole batch a replica holds.

    Attributes:
        start: How many rows come before its own, an int32 scalar or 0.
        total: How many rows the whole batch has, an int32 scalar.
    """

    start: int | tf.Tensor
    total: tf.Tensor


def replica_count() -> int:
    """How many replicas share the batch of the step that one is in."""
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync


def is_first_replica() -> tf.Tensor:
    """Whether this replica is the first one, a bool scalar."""
    context = tf.distribute.get_replica_context()
    return tf.equal(context.replica_id_in_sync_group, 0)


def rows_of_replica(count: tf.Tensor) -> Rows:
    """Which rows of the whole batch this replica holds, in the order of replicas.

    Args:
        count: How many rows this replica holds, an int32 scalar.

    Returns:
        The rows.
    """
    replicas = replica_count()
    if replicas == 1:
        return Rows(0, count)
    number = tf.distribute.get_replica_context().replica_id_in_sync_group
    count = tf.cast(count, tf.int64)
    (counts,) = sum_over_replicas(
        [count * tf.one_hot(number, replicas, dtype=tf.int64)]
    )
    start = tf.reduce_sum(counts[:number])
    return Rows(tf.cast(start, tf.int32), tf.cast(tf.reduce_sum(counts), tf.int32))


def sum_over_replicas(values: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """The sums of tensors over all replicas.

    Args:
        values: Tensors of this replica, or None.

    Returns:
        As many, the same on each replica.
    """
    context = tf.distribute.get_replica_context()
    if replica_count() == 1:
        return list(values)
    # It wants to know on which device a tensor is, which that of an argument does not
    # say.
    given = [tf.identity(value) for value in values if value is not None]
    sums = iter(context.all_reduce(tf.distribute.ReduceOp.SUM, given))
    return [None if value is None else next(sums) for value in values]


def mean_over_replicas(values: tf.Tensor, total: tf.Tensor) -> tf.Tensor:
    """This replica's part of a mean over the rows of the whole batch.

    Args:
        values: One value a row, `(batch,)`.
        total: How many rows the whole batch has.

    Returns:
        A scalar; the mean is the sum of those of all replicas.
    """
    if replica_count() == 1:
        return tf.reduce_mean(values)
    return tf.reduce_sum(values) / tf.cast(total, values.dtype)


def never_empty(tensor: tf.Tensor | None) -> tf.Tensor | None:
    """A row of zeros for a replica that holds no row of a last, small batch.

    Convolutions of oneDNN return a wrong shape for an empty batch. What is computed of
    that row is to be cut off again.
    """
    if tensor is None or replica_count() == 1:
        return tensor
    extra = tf.cast(tf.equal(tf.shape(tensor)[0], 0), tf.int32)
    row = tf.zeros(tf.concat([[extra], tf.shape(tensor)[1:]], axis=0), tensor.dtype)
    padded = tf.concat([tensor, row], axis=0)
    padded.set_shape([None, *tensor.shape[1:]])
    return padded
