"""Large inputs as several requests of bounded size."""

import itertools
import math
from collections.abc import Iterator

import numpy as np

from vaezoo.serving.client.signatures import Signature

Arrays = dict[str, np.ndarray]


def batches(
    inputs: Arrays,
    signature: Signature,
    max_rows: int,
    max_values: int,
) -> Iterator[Arrays]:
    """Parts of the inputs' rows, in order.

    Neither a request nor its answer has more values than allowed, unless a single row
    has. Four bytes of a file are counted as a value.

    Args:
        inputs: Arrays of equal length.
        signature: What the rows go through.
        max_rows: Rows a request.
        max_values: Values a request, and values an answer.

    Yields:
        The inputs of one request.
    """
    answer = sum(_values(output.shape) for output in signature.outputs.values())
    total = row_count(inputs)
    sizes = sum(_row_sizes(array) for array in inputs.values())
    costs = np.maximum(np.broadcast_to(sizes, total), answer)
    start = 0
    while start < total:
        fitting = np.cumsum(costs[start : start + max_rows]) <= max_values
        stop = start + max(1, int(fitting.sum()))
        yield {name: array[start:stop] for name, array in inputs.items()}
        start = stop


def joined(parts: list[Arrays]) -> Arrays:
    """The answers of several requests as one."""
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


def row_count(inputs: Arrays) -> int:
    """How many rows inputs have."""
    return len(next(iter(inputs.values())))


def _row_sizes(array: np.ndarray) -> int | np.ndarray:
    if array.dtype != object:
        return math.prod(array.shape[1:])
    rows = array.reshape(len(array), -1)
    return np.array([sum(map(len, row)) // 4 + 1 for row in rows], np.int64)


def _values(shape: tuple[int | None, ...] | None) -> int:
    """Values of a row of an answer, as far as they are known."""
    return math.prod(size or 1 for size in itertools.islice(shape or (), 1, None))
