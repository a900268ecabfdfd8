"""How steps are executed: under XLA or in a plain graph, one or several at a time."""

import contextlib
import math
import types
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from vaezoo import random
from vaezoo.models.conditional_networks import flat_layers
from vaezoo.models.fused_steps import FusedSteps

STEPS = 20
"""Steps an execution, where there is a choice: more gained nothing."""

# What dense networks are made of. On a CPU, XLA runs a step of theirs in two thirds of
# the time of a plain graph, and one with convolutions in half as much again.
_DENSE = (
    keras.layers.Activation,
    keras.layers.Add,
    keras.layers.BatchNormalization,
    keras.layers.Concatenate,
    keras.layers.Dense,
    keras.layers.Dropout,
    keras.layers.ELU,
    keras.layers.Flatten,
    keras.layers.InputLayer,
    keras.layers.LayerNormalization,
    keras.layers.LeakyReLU,
    keras.layers.PReLU,
    keras.layers.ReLU,
    keras.layers.Rescaling,
    keras.layers.Reshape,
)


def is_dense(*networks: keras.layers.Layer) -> bool:
    """Whether networks consist of dense layers, and of what goes with them."""
    layers = [layer for network in networks for layer in flat_layers(network)]
    return all(type(layer) in _DENSE for layer in layers)


def steps_at_a_time(x: Any, *given: int | None) -> int:
    """How many steps an execution makes, at most `STEPS`.

    Keras makes whole executions: 30 steps an epoch would become 40 of 20 at a time.

    Args:
        x: The data; of a data set of known length, no more than that.
        *given: Numbers of steps that have been asked for; None is no wish.

    Returns:
        The largest number that divides what is given.
    """
    limit = STEPS
    if isinstance(x, tf.data.Dataset) and int(x.cardinality()) > 0:
        limit = min(limit, int(x.cardinality()))
    divided = math.gcd(*(int(steps) for steps in given if steps))
    return max(n for n in range(1, limit + 1) if divided % n == 0)


class Execution:
    """What `fit`, `evaluate` and `predict` run their steps with."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asked_execution = ("auto", "auto")
        # In an object of no kind that Keras looks into for what to save.
        self._made = types.SimpleNamespace(functions={})

    def _compile_execution(
        self, jit_compile: bool | str, steps_per_execution: int | str, eager: bool
    ) -> dict[str, Any]:
        """What to compile with, of what was asked for; "auto" leaves the choice."""
        self._asked_execution = (jit_compile, steps_per_execution)
        self._made.functions.clear()
        if jit_compile == "auto" and not tf.config.list_physical_devices("GPU"):
            jit_compile = not eager and self._may_fuse_steps()
        if steps_per_execution == "auto":
            steps_per_execution = 1 if eager else STEPS
        return {
            "jit_compile": jit_compile,
            "steps_per_execution": steps_per_execution,
            "run_eagerly": eager,
        }

    def get_compile_config(self) -> dict[str, Any] | None:
        """What `compile` was called with; what was left to the model stays so."""
        config = super().get_compile_config()
        if config:
            names = ("jit_compile", "steps_per_execution")
            config.update(zip(names, self._asked_execution, strict=True))
        return config

    @contextlib.contextmanager
    def _executing(self, x: Any, listened: bool, *steps: int | None) -> Iterator[None]:
        """Executes as many steps at a time as `compile` was told, or as is best.

        Args:
            x: The data.
            listened: Whether somebody wants to know of each step.
            *steps: See `steps_at_a_time`.
        """
        before = self.steps_per_execution
        if self._asked_execution[1] == "auto" and not self.run_eagerly:
            self.steps_per_execution = 1 if listened else steps_at_a_time(x, *steps)
        for function in self._made.functions.values():
            if isinstance(function, FusedSteps):
                function.start()
        try:
            yield
        finally:
            self.steps_per_execution = before

    def _drawing(self, kind: str) -> contextlib.AbstractContextManager:
        """How a step draws: what XLA does not compile as a whole, it compiles here.

        In a plain graph, the binarization of images is a twentieth of the step of a
        small convolutional network.
        """
        plain = not self.run_eagerly and not self._under_xla(kind)
        return random.compiled() if plain else contextlib.nullcontext()

    def _under_xla(self, kind: str) -> bool:
        """Whether "train", "test" or "predict" runs under XLA.

        To evaluate, which is over soon, only if that was asked for.
        """
        asked = self._asked_execution[0] is True
        return bool(self.jit_compile) and (kind == "train" or asked)

    def execution_state(self) -> list[Any]:
        """What a training that is resumed must know for the same bits, as JSON."""
        return [
            [steps, function.whole]
            for (_, steps), function in self._made.functions.items()
            if isinstance(function, FusedSteps)
        ]

    def restore_execution(self, state: list[Any]) -> None:
        """Goes on as `execution_state` was."""
        for steps, whole in state:
            function = self._made.functions.get(("train", steps))
            if isinstance(function, FusedSteps):
                function.whole = whole

    def make_train_function(self, force: bool = False) -> None:
        """Makes what Keras calls to train: its own function, or `FusedSteps`.

        The loop of steps inside of XLA is what makes it an override: 20 % more images
        a second than Keras's loop of XLA programs.
        """
        single = self.distribute_strategy.num_replicas_in_sync == 1
        if not (self.jit_compile and single and self._may_fuse_steps()):
            self._make_step_function("train", force, self._under_xla("train"))
            return
        if not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)
        if self._make_step_function("train", force, jit_compile=False):
            self.train_function = self._keep("train", self._fused(self.train_function))

    def make_test_function(self, force: bool = False) -> None:
        """Makes what Keras calls to evaluate."""
        self._make_step_function("test", force, self._under_xla("test"))

    def make_predict_function(self, force: bool = False) -> None:
        """Makes what Keras calls to predict."""
        self._make_step_function("predict", force, self._under_xla("predict"))

    def _may_fuse_steps(self) -> bool:
        # A step of another's may return logs of its own, or be nothing for XLA.
        own = type(self).train_step.__module__.startswith("vaezoo.")
        return own and is_dense(self.encoder, self.decoder)

    def _fused(self, single: Any) -> FusedSteps:
        return FusedSteps(
            self.train_step,
            self.get_metrics_result,
            single,
            self.steps_per_execution,
            fall_back=self._asked_execution[0] == "auto",
        )

    def _make_step_function(self, kind: str, force: bool, jit_compile: bool) -> bool:
        """Sets a function as Keras makes it, or the one made before for these steps.

        Returns:
            Whether it is new.
        """
        name = f"{kind}_function"
        kept = self._made.functions.get((kind, self.steps_per_execution))
        # Keras forgets its function when the model is another one.
        if kept is not None and getattr(self, name) is not None and not force:
            setattr(self, name, kept)
            return False
        before, self.jit_compile = self.jit_compile, jit_compile
        getattr(super(), f"make_{kind}_function")(force=True)
        self.jit_compile = before
        self._keep(kind, getattr(self, name))
        return True

    def _keep(self, kind: str, function: Any) -> Any:
        self._made.functions[kind, self.steps_per_execution] = function
        return function
