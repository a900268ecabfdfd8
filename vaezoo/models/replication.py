"""Training and evaluation on the replicas of a `tf.distribute` strategy."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from vaezoo.models.agreement import SameStart, least_of_workers, reads_own_share
from vaezoo.models.execution import Execution
from vaezoo.models.replicated_steps import OneReader, ReplicatedSteps


class Replication(Execution):
    """What a model that is made inside `strategy.scope()` runs its steps with.

    `fit` and `evaluate` run on all replicas of all workers, `predict` and the verbs on
    this worker alone.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = tf.distribute.has_strategy()
        self._made.strategy = tf.distribute.get_strategy() if given else None
        self._made.reading = False
        self._made.own_shares = {}

    @property
    def distribute_strategy(self) -> Any:
        """The strategy that the model was made with.

        While Keras reads data it is none: the steps share out the batches.
        """
        return OneReader() if self._made.reading else super().distribute_strategy

    @contextlib.contextmanager
    def _executing(self, x: Any, listened: bool, *steps: int | None) -> Iterator[None]:
        with super()._executing(x, listened, *steps):
            if self._made.strategy is not None:
                # Callbacks that listen to batches may be there on one worker alone.
                least = least_of_workers(self._made.strategy, self.steps_per_execution)
                self.steps_per_execution = least
            with self._reading():
                yield

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        before = self._made.reading
        self._made.reading = self._made.strategy is not None
        try:
            yield
        finally:
            self._made.reading = before

    def _share_out(self, **data: Any) -> None:
        """Remembers, of data to "train" or "test" on, which worker reads what."""
        if self._made.strategy is not None:
            for kind, given in data.items():
                self._made.own_shares[kind] = reads_own_share(given)
        elif tf.distribute.has_strategy():
            raise ValueError(
                "Expected a model that was made inside `with strategy.scope()`. "
                f"Received: {type(self).__name__}, made outside of it"
            )

    def _agreement(self, images: Any) -> list[keras.callbacks.Callback]:
        """The callback that compares the workers, if there may be several."""
        if self._made.strategy is None or not self.compiled:
            return []
        return [SameStart(self, None if self._made.own_shares["train"] else images)]

    @contextlib.contextmanager
    def _compiling(self, optimizer: Any) -> Iterator[None]:
        """Where `compile` makes the optimizer of a name: where the model was made.

        Raises:
            ValueError: If that, or a network, was made elsewhere.
        """
        if self._made.strategy is None:
            yield
            return
        parts = [("weight", weight) for weight in self.weights]
        if isinstance(optimizer, keras.Optimizer):
            parts.append(("optimizer", optimizer.iterations))
        for kind, variable in parts:
            if not isinstance(variable.value, tf.distribute.DistributedValues):
                raise ValueError(
                    "Expected networks and an optimizer that were made inside `with "
                    "strategy.scope()`, as the model was. Received: "
                    f"{kind} {variable.path!r}, made outside of it"
                )
        with self._made.strategy.scope():
            yield
            self.optimizer.build(self.trainable_variables)

    def _under_xla(self, kind: str) -> bool:
        # XLA compiles for one device.
        alone = self._made.strategy is None or kind == "predict"
        return alone and super()._under_xla(kind)

    def predict_on_batch(self, x: Any) -> Any:
        """Reconstructions of one batch; see `keras.Model.predict_on_batch`."""
        with self._reading():
            return super().predict_on_batch(x)

    def make_train_function(self, force: bool = False) -> None:
        """Makes what Keras calls to train."""
        if self._made.strategy is None:
            super().make_train_function(force)
            return
        self._replicate("train", force)

    def make_test_function(self, force: bool = False) -> None:
        """Makes what Keras calls to evaluate."""
        if self._made.strategy is None:
            super().make_test_function(force)
        else:
            self._replicate("test", force)

    def _replicate(self, kind: str, force: bool) -> None:
        name = f"{kind}_function"
        function = self._made.functions.get((kind, self.steps_per_execution))
        if function is None or getattr(self, name) is None or force:
            function = ReplicatedSteps(
                self._made.strategy,
                getattr(self, f"{kind}_step"),
                self.get_metrics_result,
                self.steps_per_execution,
                self.run_eagerly,
            )
        function.reads_own_share = self._made.own_shares.get(kind, False)
        setattr(self, name, self._keep(kind, function))

    def _maybe_symbolic_build(self, *args: Any, **kwargs: Any) -> None:
        # Of Keras, for models whose weights are not there yet: ours are.
        if self._made.strategy is None:
            super()._maybe_symbolic_build(*args, **kwargs)
