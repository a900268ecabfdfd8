"""Arrays as JSON text, in the form of TensorFlow Serving."""

import base64
import json
import math
from collections.abc import Iterator

import numpy as np

from vaezoo.serving.float_text import WIDTH, float_text
from vaezoo.serving.serving_error import ServingError

# Numbers that are written at a time: what fits the processor's cache.
_BLOCK = 16_384
# For fewer numbers it is faster to ask numpy one by one.
_FEW = 256


def json_rows(name: str, values: np.ndarray) -> Iterator[bytes]:
    """The JSON text of each row of an array.

    float32 is written with as few digits as tell it from its neighbours. Strings are
    text, or objects `{"b64": ...}` if the array's name ends in `_bytes`.

    Args:
        name: The array's name.
        values: `(batch, ...)`; floats, integers, booleans or strings.

    Yields:
        The text of each row.

    Raises:
        ServingError: If values of that type have no JSON form.
    """
    size = math.prod(values.shape[1:])
    if values.dtype == np.float32 and values.size > _FEW and size:
        step = max(1, _BLOCK // size)
        for start in range(0, len(values), step):
            yield from _float_rows(values[start : start + step])
        return
    for row in values:
        yield _small_row(name, row)


def _float_rows(values: np.ndarray) -> Iterator[bytes]:
    """Numbers, commas and brackets side by side in columns; then spaces are removed."""
    shape = values.shape[1:]
    line = np.full((values.size, len(shape) + WIDTH + len(shape) + 1), ord(" "), "u1")
    line[:, len(shape) : len(shape) + WIDTH] = float_text(values.reshape(-1))
    line[:, -1] = ord(",")
    for axis in range(len(shape)):
        length = math.prod(shape[axis:])
        line[::length, axis] = ord("[")
        line[length - 1 :: length, -2 - axis] = ord("]")
    row_bytes = line.shape[1] * math.prod(shape)
    text = line.tobytes()
    for start in range(0, len(text), row_bytes):
        # But for the comma behind the row.
        yield text[start : start + row_bytes - 1].translate(None, b" ")


def _small_row(name: str, row: np.ndarray) -> bytes:
    row = _kept(row)
    kind = row.dtype.kind
    if kind in "OSU":
        listed = _nested_strings(row, name.endswith("_bytes"))
    elif row.dtype == np.float32:
        flat = np.array([float(str(value)) for value in row.reshape(-1)], np.float64)
        listed = flat.reshape(row.shape).tolist()
    elif kind in "iub" or row.dtype == np.float64:
        listed = row.tolist()
    else:
        raise ServingError(
            "INVALID_ARGUMENT",
            f"Failed to write JSON value for tensor type: {row.dtype.name}",
        )
    return json.dumps(listed, separators=(",", ":"), ensure_ascii=False).encode()


def _kept(part: object) -> np.ndarray:
    """An array; of bytes, numpy would take the zeros at their end."""
    return np.asarray(part, object if isinstance(part, bytes) else None)


def _nested_strings(row: np.ndarray, as_bytes: bool) -> object:
    if row.ndim:
        return [_nested_strings(_kept(part), as_bytes) for part in row]
    value = row.item()
    data = value.encode() if isinstance(value, str) else bytes(value)
    if as_bytes:
        return {"b64": base64.b64encode(data).decode()}
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ServingError(
            "INVALID_ARGUMENT",
            "Failed to write JSON value for tensor type: string. Expected UTF-8, or an "
            f"output whose name ends in _bytes. Received: {data[:20]!r}...",
        ) from None
