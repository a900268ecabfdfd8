"""The strategy of this process's cluster, and its scope."""

import contextlib
import functools
from typing import TYPE_CHECKING

from vaezoo.distributed.cluster import find_cluster

if TYPE_CHECKING:
    import tensorflow as tf


@functools.cache
def cluster_strategy() -> "tf.distribute.MultiWorkerMirroredStrategy | None":
    """Joins the cluster that `TF_CONFIG` names, once a process.

    It waits for the other workers. TensorFlow wants it before its first operation.

    Returns:
        The strategy; None without a cluster of several workers.
    """
    if find_cluster().workers == 1:
        return None
    import tensorflow as tf

    return tf.distribute.MultiWorkerMirroredStrategy()


def training_scope() -> contextlib.ExitStack:
    """Enters the scope of the cluster's strategy, for the models that are made now.

    Returns:
        What leaves the scope when it is closed; it does nothing without a cluster.
    """
    stack = contextlib.ExitStack()
    strategy = cluster_strategy()
    if strategy is not None:
        stack.enter_context(strategy.scope())
    return stack
