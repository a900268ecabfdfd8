"""Steps of which each replica of a `tf.distribute` strategy makes a part."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from vaezoo.models.fused_steps import as_tensors


class OneReader:
    """What Keras takes for the strategy: it then reads data as if there were none.

    Keras would cut a data set into one for each replica, and with several workers
    neither build its model nor average its logs (keras-team/keras#20585).
    `ReplicatedSteps` shares out the batches instead.
    """

    num_replicas_in_sync = 1

    def experimental_distribute_dataset(self, dataset: Any) -> Any:
        """The data set itself."""
        return dataset

    def run(self, function: Callable, args: tuple[Any, ...] = ()) -> Any:
        """What the function returns on this worker."""
        return function(*args)


class ReplicatedSteps:
    """Makes steps on the replicas of a strategy, each with its rows of the batch.

    Row i of a batch of n goes to replica r of R if it is one of `n r // R` up to
    `n (r + 1) // R`, so that every row of a last, smaller batch counts once.

    Args:
        strategy: The strategy that the model was made with.
        step: From a batch to logs, on one replica.
        results: From nothing to the logs, for all replicas.
        steps: How many steps a call makes, of a `tf.data` iterator.
        eagerly: Whether to run Python at each step.
    """

    def __init__(
        self,
        strategy: tf.distribute.Strategy,
        step: Callable[[Any], dict[str, tf.Tensor]],
        results: Callable[[], dict[str, tf.Tensor]],
        steps: int,
        eagerly: bool,
    ) -> None:
        self._strategy, self._step, self._steps = strategy, step, steps
        self._program, self._results = self._run, results
        if not eagerly:
            self._program = tf.function(
                self._run, autograph=False, reduce_retracing=True
            )
            self._results = tf.function(results, autograph=False)
        self.reads_own_share = False

    def __call__(self, iterator: Iterator) -> dict[str, tf.Tensor]:
        """Makes the next steps.

        Args:
            iterator: Yields whole batches, the same on each worker; where
                `reads_own_share` is set, those of this worker's replicas.

        Returns:
            The logs after the last step.

        Raises:
            StopIteration: If there is no batch left.
        """
        steps = self._steps if isinstance(iterator, tf.data.Iterator) else 1
        made = False
        for batch in itertools.islice(iterator, steps):
            self._program(self._shared_out(as_tensors(batch)))
            made = True
        if not made:
            raise StopIteration
        with self._strategy.scope():
            return self._results()

    def _run(self, batch: Any) -> None:
        self._strategy.run(self._step, args=(batch,))

    def _shared_out(self, batch: Any) -> Any:
        """The batch as values that differ from replica to replica."""
        parts = [part for part in tf.nest.flatten(batch) if part is not None]
        count = int(parts[0].shape[0])

        def rows(context: tf.distribute.experimental.ValueContext) -> list[tf.Tensor]:
            number, replicas = (
                context.replica_id_in_sync_group,
                context.num_replicas_in_sync,
            )
            if self.reads_own_share:
                replicas = len(self._strategy.extended.worker_devices)
                number %= replicas
            start, stop = (count * at // replicas for at in (number, number + 1))
            return [part[start:stop] for part in parts]

        shares = self._strategy.experimental_distribute_values_from_function(rows)
        shares = iter(shares)
        return tf.nest.map_structure(
            lambda part: None if part is None else next(shares), batch
        )
