"""From parsed JSON to arrays of a signature's inputs."""

import base64
import binascii
import itertools
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

from vaezoo.serving.json_text import json_type, quoted
from vaezoo.serving.serving_error import ServingError
from vaezoo.serving.tensor_description import TensorDescription

_NUMBERS = {int, float}


def json_array(value: Any, tensor: TensorDescription) -> np.ndarray:
    """An array of nested lists.

    Args:
        value: Parsed JSON: a value, or lists of lists of values, all of one shape.
        tensor: What the array is for.

    Returns:
        An array of `tensor.dtype`; strings as `bytes` in an object array. Numbers too
        large for a float32 are infinite, as in TensorFlow Serving.

    Raises:
        ServingError: INVALID_ARGUMENT, if lists are ragged, or a value has another type
            or does not fit the shape.
    """
    flat, shape = _flatten(value, tensor)
    if shape == (0,) and tensor.shape and tensor.shape[0] is None:
        shape = tuple(size or 0 for size in tensor.shape)  # JSON has no other way
    array = _convert(flat, tensor).reshape(shape)
    check_shape(array, tensor)
    return array


def check_shape(array: np.ndarray, tensor: TensorDescription) -> None:
    """Compares an array's shape with what a signature says.

    Args:
        array: The array.
        tensor: The input; None in its shape is any size.

    Raises:
        ServingError: INVALID_ARGUMENT, if they differ.
    """
    expected = tensor.shape
    if expected is None:
        return
    fits = len(expected) == array.ndim and all(
        size is None or size == received
        for size, received in zip(expected, array.shape, strict=True)
    )
    if not fits:
        _refuse(
            tensor,
            f"Expecting shape {described_shape(expected)} but got: "
            f"{described_shape(array.shape)}",
        )


def described_shape(shape: tuple[int | None, ...] | None) -> str:
    """A shape as TensorFlow Serving writes it: [-1,28,28,1]."""
    if shape is None:
        return "[?]"
    return f"[{','.join('-1' if size is None else str(size) for size in shape)}]"


def is_base64(value: Any) -> bool:
    """Whether a JSON value stands for bytes."""
    return type(value) is dict and list(value) == ["b64"] and type(value["b64"]) is str


def decode_base64(text: str) -> bytes:
    """The bytes of base64; whitespace and missing padding are forgiven.

    Args:
        text: In the standard or the URL-safe alphabet.

    Returns:
        The bytes.

    Raises:
        ServingError: INVALID_ARGUMENT, if it is not base64.
    """
    packed = "".join(text.split()).rstrip("=").translate({45: "+", 95: "/"})
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ServingError(
            "INVALID_ARGUMENT",
            f"Unable to base64 decode. Received: {quoted(text[:40])}",
        ) from None


def _flatten(
    value: Any, tensor: TensorDescription
) -> tuple[list[Any], tuple[int, ...]]:
    """The values in order and their shape, without recursion."""
    flat, shape = [value], ()
    while flat and type(flat[0]) is list:
        if set(map(type, flat)) != {list}:
            odd = next(part for part in flat if type(part) is not list)
            _refuse(
                tensor,
                f"JSON Value: {quoted(odd)} found at incorrect level: {len(shape)} in "
                "the JSON DOM. Expected a list, as beside it",
            )
        sizes = set(map(len, flat))
        if len(sizes) > 1:
            first = len(flat[0])
            other = next(len(part) for part in flat if len(part) != first)
            _refuse(
                tensor,
                f"Encountered list at unexpected size: {other} at level: {len(shape)} "
                f"expected size: {first}",
            )
        shape += (sizes.pop(),)
        if len(shape) > 32:
            _refuse(tensor, "Expected less nesting. Received: more than 32 levels")
        flat = list(itertools.chain.from_iterable(flat))
    return flat, shape


def _convert(flat: list[Any], tensor: TensorDescription) -> np.ndarray:
    converter = _CONVERTERS.get(np_kind(tensor.dtype))
    if converter is None:
        raise ServingError(
            "UNIMPLEMENTED", f"Conversion of JSON Value: to type: {tensor.dtype}"
        )
    return converter(flat, tensor)


def np_kind(dtype: str) -> str:
    """The kind of a TensorFlow dtype, as in `np.dtype.kind`; "S" for strings."""
    if dtype == "string":
        return "S"
    try:
        return np.dtype(dtype).kind
    except TypeError:  # bfloat16, resource, ...
        return "?"


def _floats(flat: list[Any], tensor: TensorDescription) -> np.ndarray:
    _check_types(flat, _NUMBERS, tensor)
    try:
        wide = np.array(flat, np.float64)
    except OverflowError:  # an integer beyond the largest float64
        large = next(v for v in flat if type(v) is int and abs(v) > 2**1023)
        _refuse(tensor, f"JSON Parse error: Number too big. Received: {quoted(large)}")
    with np.errstate(over="ignore"):
        return wide.astype(tensor.dtype)


def _integers(flat: list[Any], tensor: TensorDescription) -> np.ndarray:
    _check_types(flat, {int}, tensor)
    limits = np.iinfo(tensor.dtype)
    if flat and not (limits.min <= min(flat) and max(flat) <= limits.max):
        odd = next(v for v in flat if not limits.min <= v <= limits.max)
        _wrong_type(odd, tensor, f"from {limits.min} to {limits.max}")
    return np.array(flat, tensor.dtype)


def _booleans(flat: list[Any], tensor: TensorDescription) -> np.ndarray:
    _check_types(flat, {bool}, tensor)
    return np.array(flat, np.bool_)


def _strings(flat: list[Any], tensor: TensorDescription) -> np.ndarray:
    array = np.empty(len(flat), object)
    for index, value in enumerate(flat):
        array[index] = _bytes(value, tensor)
    return array


def _bytes(value: Any, tensor: TensorDescription) -> bytes:
    if is_base64(value):
        return decode_base64(value["b64"])
    if type(value) is dict:
        _refuse(
            tensor,
            f"JSON Value: {quoted(value)} not formatted correctly for base64 data",
        )
    if type(value) is not str:
        _wrong_type(value, tensor)
    try:
        return value.encode()
    except UnicodeEncodeError:
        _refuse(tensor, f"Expected Unicode. Received: {quoted(value)}")


_CONVERTERS: Mapping[str, Callable[[list[Any], TensorDescription], np.ndarray]] = {
    "f": _floats,
    "i": _integers,
    "u": _integers,
    "b": _booleans,
    "S": _strings,
}


def _check_types(
    flat: list[Any], allowed: set[type], tensor: TensorDescription
) -> None:
    if not set(map(type, flat)) <= allowed:
        odd = next(value for value in flat if type(value) not in allowed)
        _wrong_type(odd, tensor)


def _wrong_type(value: Any, tensor: TensorDescription, more: str = "") -> NoReturn:
    dtype = {"float32": "float", "float64": "double"}.get(tensor.dtype, tensor.dtype)
    _refuse(
        tensor,
        f"JSON Value: {quoted(value)} Type: {json_type(value)} is not of expected "
        f"type: {dtype}{f' ({more})' if more else ''}",
    )


def _refuse(tensor: TensorDescription, message: str) -> NoReturn:
    raise ServingError("INVALID_ARGUMENT", f"Input '{tensor.name}': {message}")
