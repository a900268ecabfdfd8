"""One function of rows, traced once for each class of batch sizes and never again."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import tensorflow as tf
from tensorflow.python.eager import record

from vaezoo.models.concrete_graphs import ConcreteGraphs
from vaezoo.models.in_parallel import in_parallel
from vaezoo.models.row_progress import row_progress

# Under XLA every size is a compilation: below this, any size goes through one graph.
_LEAST_COMPILED = 128


class ShapeClasses:
    """Calls a function of arrays of equal length, row by row independent.

    A single row has a graph of its own under XLA, which needs no other thread: a call
    takes a third of the time. Two or more rows share one graph of any batch size; but
    where XLA is faster, many rows are padded to a power of two and compiled for it.
    More rows than fit a batch pass through in batches, two at a time.

    Args:
        body: From tensors `(rows, ...)` to a structure of tensors `(rows, ...)`.
        batch_size: Rows a call at most.
        one_row: Whether a single row is compiled by XLA.
        many_rows: Whether many rows are.
    """

    def __init__(
        self, body: Callable, batch_size: int, one_row: bool, many_rows: bool
    ) -> None:
        self.batch_size = batch_size
        self._graphs = ConcreteGraphs(body)
        self._one_row = one_row
        self._many_rows = many_rows

    @property
    def traces(self) -> int:
        """How many graphs were made."""
        return self._graphs.traces

    def arrays(
        self, *arrays: np.ndarray, progress: bool = False, unit: str = "image"
    ) -> list[np.ndarray]:
        """What the function makes of all rows, as arrays.

        Args:
            *arrays: Arrays of equal length, at least one row.
            progress: Whether to show a progress bar.
            unit: What the bar counts.

        Returns:
            The tensors of the structure, flat.
        """
        total = len(arrays[0])
        if total <= self.batch_size and not progress:
            pieces = list(self._pieces(0, total))
            if len(pieces) == 1:
                return [part.numpy()[:total] for part in self._rows(arrays, *pieces[0])]
        results: list[np.ndarray] = []
        done = row_progress(total, progress, unit)
        for start, stop, parts in in_parallel(
            lambda piece: (*piece[:2], self._rows(arrays, *piece)),
            self._pieces(0, total),
        ):
            results = results or [_empty(total, part) for part in parts]
            for result, part in zip(results, parts, strict=True):
                # Not `numpy()`, which would copy twice.
                result[start:stop] = np.asarray(part)[: stop - start]
            done(stop)
        return results

    def tensors(
        self, *arrays: np.ndarray, progress: bool = False, unit: str = "image"
    ) -> list[tf.Tensor]:
        """What `arrays` returns, as tensors; a gradient tape records the weights."""
        pieces = list(self._pieces(0, len(arrays[0])))
        if not progress and len(pieces) == 1 and _size(pieces[0]) == pieces[0][2]:
            return self._rows(arrays, *pieces[0])
        if tf.executing_eagerly() and not record.could_possibly_record():
            results = self.arrays(*arrays, progress=progress, unit=unit)
            return [tf.constant(result) for result in results]
        parts = [
            [part[: _size(piece)] for part in self._rows(arrays, *piece)]
            for piece in pieces
        ]
        return [tf.concat(part, axis=0) for part in zip(*parts, strict=True)]

    def _pieces(self, start: int, total: int) -> Iterator[tuple[int, int, int]]:
        """From and to which row, and padded to how many."""
        while start < total:
            rows = min(total - start, self.batch_size)
            size = self._size_class(rows)
            rows = min(rows, size)
            yield start, start + rows, size
            start += rows

    def _size_class(self, rows: int) -> int:
        """How many rows a call has for the first of `rows` rows."""
        if rows < _LEAST_COMPILED or not self._many_rows:
            return rows
        size = min(1 << (rows - 1).bit_length(), self.batch_size)
        # Half of it and the rest, rather than a quarter of padding.
        halved = 4 * rows <= 3 * size and size // 2 >= _LEAST_COMPILED
        return size // 2 if halved else size

    def _rows(
        self, arrays: Sequence[np.ndarray], start: int, stop: int, size: int
    ) -> list[tf.Tensor]:
        if start or stop < len(arrays[0]) or stop - start < size:
            arrays = [padded(array[start:stop], size) for array in arrays]
        compiled = self._one_row if size == 1 else self._is_compiled(size)
        return self._graphs(arrays, compiled, any_size=not compiled)

    def _is_compiled(self, size: int) -> bool:
        return self._many_rows and size >= _LEAST_COMPILED


def padded(array: np.ndarray, size: int) -> np.ndarray:
    """The array with its last row repeated, of `size` rows.

    Args:
        array: At least one row.
        size: At least as many.
    """
    missing = size - len(array)
    if not missing:
        return np.ascontiguousarray(array)
    return np.concatenate([array, np.repeat(array[-1:], missing, axis=0)])


def _size(piece: tuple[int, int, int]) -> int:
    return piece[1] - piece[0]


def _empty(rows: int, part: tf.Tensor) -> np.ndarray:
    return np.empty((rows, *part.shape[1:]), part.dtype.as_numpy_dtype)
