"""One function of tensors as graphs: traced once a signature, called at little cost."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from vaezoo.models.turns import Turns

# What TensorFlow raises for a function that XLA cannot compile.
_NOT_COMPILABLE = (
    tf.errors.InternalError,
    tf.errors.InvalidArgumentError,
    tf.errors.UnimplementedError,
)


class ConcreteGraphs:
    """The graphs of a function, one for each signature that it was called with.

    Args:
        body: From tensors to a structure of tensors.

    Attributes:
        traces: How many graphs were made.
    """

    def __init__(self, body: Callable) -> None:
        self.traces = 0
        self._body = body
        self._structure: Any = None
        self._graphs: dict[Any, _Graph] = {}
        self._lock = threading.RLock()

    def __call__(
        self,
        arrays: Sequence[Any],
        jit_compile: bool = False,
        any_size: bool = False,
    ) -> list[tf.Tensor]:
        """The structure's tensors, flat; a gradient tape records the weights.

        Args:
            arrays: Arrays, or tensors with values.
            jit_compile: Whether to compile the function with XLA, if that is possible.
            any_size: Whether the graph is for tensors of any number of rows.
        """
        signature = [(array.dtype, *array.shape[any_size:]) for array in arrays]
        key = (jit_compile, any_size, *signature)
        tensors = [tf.constant(array) for array in arrays]
        graph = self._graphs.get(key)
        if graph is None:
            with self._lock:  # Another thread may be at it.
                if key not in self._graphs:
                    return self._first_call(key, tensors, jit_compile, any_size)
                graph = self._graphs[key]
        return graph(tensors)

    def structured(self, arrays: Sequence[Any]) -> Any:
        """The structure, for arrays of any number of rows."""
        flat = self(arrays, any_size=True)
        return tf.nest.pack_sequence_as(self._structure, flat)

    def _first_call(
        self,
        key: Any,
        tensors: list[tf.Tensor],
        jit_compile: bool,
        any_size: bool,
    ) -> list[tf.Tensor]:
        rows = [None] if any_size else []
        specs = [tf.TensorSpec([*rows, *t.shape[any_size:]], t.dtype) for t in tensors]
        graph = self._traced(specs, jit_compile)
        try:
            results = graph(tensors)
        except _NOT_COMPILABLE:
            if not jit_compile:
                raise
            graph = self._traced(specs, jit_compile=False)
            results = graph(tensors)
        self._graphs[key] = graph
        return results

    def _traced(self, specs: Sequence[tf.TensorSpec], jit_compile: bool) -> "_Graph":
        self.traces += 1
        function = tf.function(
            self._flat_body, autograph=False, jit_compile=jit_compile
        )
        return _Graph(function.get_concrete_function(*specs))

    def _flat_body(self, *tensors: tf.Tensor) -> list[tf.Tensor]:
        self._structure = self._body(*tensors)
        flat = tf.nest.flatten(self._structure)
        # The values stay in the graph, where they belong.
        self._structure = tf.nest.map_structure(lambda _: 0, self._structure)
        return flat


class _Graph:
    """One traced graph, with the weights that it reads."""

    def __init__(self, concrete: Any) -> None:
        self._concrete = concrete
        self._weights = concrete.captured_inputs
        self._turns = Turns()

    def __call__(self, tensors: list[tf.Tensor]) -> list[tf.Tensor]:
        # The public call looks into its arguments again: half the time of one image.
        return self._turns(lambda: self._concrete._call_flat(tensors, self._weights))
