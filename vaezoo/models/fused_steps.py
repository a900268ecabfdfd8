"""Several steps of training as one XLA program."""

import itertools
import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

# Bytes of the batches that are held at once, so that large images stay few.
_BYTES = 2**25


class FusedSteps:
    """Trains on the batches of an iterator, several of them in one XLA program.

    Keras runs a program a step. A loop of steps inside of the program takes a fifth
    less time for dense networks on a CPU.

    XLA compiles for one shape of batch. Smaller batches, such as the last one of an
    epoch, pass through the plain graph of one step: to compile for them takes seconds.

    Args:
        step: From a batch to the logs, the results of the model's metrics.
        results: From nothing to the results of the metrics.
        single: What Keras trains with, a plain graph: from an iterator of one batch to
            the logs.
        steps: How many steps a call makes, of a `tf.data` iterator.
        fall_back: Whether a step that XLA cannot compile runs as a plain graph.
    """

    def __init__(
        self,
        step: Callable[[Any], dict[str, tf.Tensor]],
        results: Callable[[], dict[str, tf.Tensor]],
        single: Callable[[Iterator], dict[str, tf.Tensor]],
        steps: int,
        fall_back: bool,
    ) -> None:
        self._step, self._results, self._single = step, results, single
        self._steps = steps
        self._fall_back = fall_back
        self._program = tf.function(self._run, jit_compile=True, autograph=False)
        self._compiles = True
        self._has_run = False
        self._whole: Any = None

    def start(self) -> None:
        """Takes the next batch for a whole one, as at the beginning of `fit`."""
        self._whole = None

    @property
    def whole(self) -> list[Any] | None:
        """Shape and dtype of the parts of a whole batch, as JSON has them.

        A training that is resumed at a smaller batch is told: to run that one through
        another program would give other bits.
        """
        if self._whole is None:
            return None
        return [[list(shape), dtype.name] for shape, dtype in self._whole]

    @whole.setter
    def whole(self, parts: list[Any] | None) -> None:
        if parts is not None:
            parts = tuple((tuple(s), tf.as_dtype(dtype)) for s, dtype in parts)
        self._whole = parts

    def __call__(self, iterator: Iterator) -> dict[str, tf.Tensor]:
        """Makes the next steps.

        Args:
            iterator: Yields batches; a `tf.data` iterator, or one with a single batch.

        Returns:
            The logs after the last step.

        Raises:
            StopIteration: If there is no batch left.
        """
        from_data_set = isinstance(iterator, tf.data.Iterator)
        steps = self._steps if from_data_set else 1
        batches = map(as_tensors, itertools.islice(iterator, steps))
        logs = None
        for is_whole, group in itertools.groupby(batches, self._is_whole):
            room = _room(self._whole, steps) if is_whole else 1
            while some := list(itertools.islice(group, room)):
                logs = self._run_all(some, room if is_whole else None)
        if logs is None:
            raise StopIteration
        return logs

    def _is_whole(self, batch: Any) -> Any:
        """The shapes of a batch that XLA compiles for, as large as any, or False."""
        shapes = _shapes(batch)
        if self._whole is None or shapes[0][0][0] > self._whole[0][0][0]:
            self._whole = shapes
        return self._compiles and shapes == self._whole and shapes

    def _run_all(self, batches: list[Any], room: int | None) -> dict[str, tf.Tensor]:
        if room is not None and self._compiles:
            try:
                return self._run_program(batches, room)
            except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as e:
                # XLA refuses a program before any of it runs.
                if self._has_run or not self._fall_back:
                    raise
                self._compiles = False
                warnings.warn(
                    "Expected a model that XLA can compile; it trains in a plain "
                    "graph, more slowly. `compile(jit_compile=False)` asks for that. "
                    f"Received: {str(e).splitlines()[0]}"
                )
        return [self._single(iter([batch])) for batch in batches][-1]

    def _run_program(self, batches: list[Any], room: int) -> dict[str, tf.Tensor]:
        # Always as many batches, lest XLA compile for each number of them.
        padded = batches + batches[-1:] * (room - len(batches))
        stacked = tf.nest.map_structure(_stack, *padded)
        logs = self._program(stacked, tf.constant(len(batches)))
        self._has_run = True
        return logs

    def _run(self, batches: Any, count: tf.Tensor) -> dict[str, tf.Tensor]:
        def body(index: tf.Tensor) -> tuple[tf.Tensor]:
            def at_index(part: tf.Tensor | None) -> tf.Tensor | None:
                return None if part is None else part[index]

            self._step(tf.nest.map_structure(at_index, batches))
            return (index + 1,)

        tf.while_loop(lambda index: index < count, body, (tf.constant(0),))
        return self._results()


def as_tensors(batch: Any) -> Any:
    """A batch with tensors, or None, as its parts."""
    if isinstance(batch, tuple):
        return tuple(as_tensors(part) for part in batch)
    # A data set may say of a part that there is none.
    is_none = batch is None or isinstance(batch, tf.experimental.Optional)
    return None if is_none else tf.convert_to_tensor(batch)


def _stack(*parts: tf.Tensor | None) -> tf.Tensor | None:
    return None if parts[0] is None else tf.stack(parts)


def _shapes(batch: Any) -> tuple[Any, ...]:
    """Shape and dtype of each part; the images come first."""
    parts = [part for part in tf.nest.flatten(batch) if part is not None]
    return tuple((tuple(part.shape), part.dtype) for part in parts)


def _room(shapes: tuple[Any, ...], steps: int) -> int:
    """How many batches one program takes."""
    size = sum(math.prod(shape) * dtype.size for shape, dtype in shapes)
    return min(steps, max(1, _BYTES // size))
