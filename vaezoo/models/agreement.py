"""What the workers that train one model together must agree on."""

import warnings
import zlib
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from vaezoo.models.encoder_decoder import EncoderDecoder

# Rows of an array that are looked at.
_ROWS = 1000
_WHAT = ("data", "weights", "optimizer", "number of steps made", "epoch")


def reads_own_share(data: Any) -> bool:
    """Whether the batches of a data set are those of this worker's replicas alone.

    Args:
        data: What `fit` or `evaluate` is given.

    Returns:
        Whether it is a data set with `AutoShardPolicy.OFF`. Of all else each worker
        reads whole batches, and takes its rows.

    Raises:
        ValueError: If it asks TensorFlow to divide its files.
    """
    if not isinstance(data, tf.data.Dataset):
        return False
    policies = tf.data.experimental.AutoShardPolicy
    policy = data.options().experimental_distribute.auto_shard_policy
    if policy in (policies.FILE, policies.HINT):
        raise ValueError(
            "Expected a data set with AutoShardPolicy AUTO or DATA, whose batches all "
            "workers read and divide, or OFF, whose batches are this worker's own "
            f"share. Received: {policy}"
        )
    return policy == policies.OFF


def mean_over_replicas(strategy: tf.distribute.Strategy, value: np.ndarray) -> Any:
    """The mean of the workers' values, the same on each."""
    if strategy.num_replicas_in_sync == 1:
        return value
    values = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(value)
    )
    return strategy.reduce(tf.distribute.ReduceOp.MEAN, values, axis=None).numpy()


def least_of_workers(strategy: tf.distribute.Strategy, value: int) -> int:
    """The smallest of the workers' numbers, the same on each."""
    return int(_of_all_workers(strategy, [value]).min())


class SameStart(keras.callbacks.Callback):
    """Stops a `fit` whose workers do not begin alike, where it would wait for ever.

    Args:
        model: A compiled model, made inside a strategy's scope.
        images: The training images, or their first batch; None if the data set of each
            worker is another one.
    """

    added_by_fit = True

    def __init__(self, model: "EncoderDecoder", images: np.ndarray | None) -> None:
        super().__init__()
        self._strategy = model.distribute_strategy
        shape = () if images is None else images.shape
        rows = b"" if images is None else np.ascontiguousarray(images[:_ROWS]).tobytes()
        self._data = zlib.crc32(rows, zlib.crc32(repr(shape).encode()))
        self._done = not _several_workers(self._strategy)
        if getattr(getattr(model, "objective", None), "contrasts_rows", False):
            self._warn()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Compares with the other workers, once.

        Raises:
            ValueError: If they differ.
        """
        if self._done:
            return
        self._done = True
        model, optimizer = self.model, self.model.optimizer
        own = [
            self._data,
            _digest(model.weights),
            _digest(optimizer.variables),
            int(optimizer.iterations.numpy()),
            epoch,
        ]
        all_values = _of_all_workers(self._strategy, own)
        differ = [
            what for what, of in zip(_WHAT, all_values.T, strict=True) if np.ptp(of)
        ]
        if differ:
            raise ValueError(
                "Expected all workers to begin `fit` with the same data, weights and "
                "epoch: seed the shuffling of a data set (or give it AutoShardPolicy "
                "OFF if it is this worker's share), and restore all workers from one "
                f"checkpoint. Received: another {', another '.join(differ)}"
            )

    def _warn(self) -> None:
        replicas = self._strategy.num_replicas_in_sync
        if replicas > 1:
            warnings.warn(
                "Expected an objective that takes each row of a batch alone: this one "
                "contrasts the rows (`contrasts_rows`), and does so within the part of "
                f"the batch that a replica has. Received: {replicas} replicas"
            )


def _several_workers(strategy: tf.distribute.Strategy) -> bool:
    return len(strategy.extended.worker_devices) < strategy.num_replicas_in_sync


def _of_all_workers(strategy: tf.distribute.Strategy, own: list[int]) -> np.ndarray:
    """A row of numbers for each replica, int64 `(replicas, numbers)`."""
    row = np.array([own], np.int64)
    if not _several_workers(strategy):
        return row
    rows = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(row)
    )
    return strategy.gather(rows, axis=0).numpy()


def _digest(variables: Any) -> int:
    digest = 0
    for variable in variables:
        digest = zlib.crc32(keras.ops.convert_to_numpy(variable).tobytes(), digest)
    return digest
