"""Tensors as messages and back, with checks that strangers' messages need."""

import math
from typing import Any

import numpy as np
from tensorflow.core.framework import tensor_pb2, types_pb2

from vaezoo.serving.serving_error import ServingError

# The numpy dtype of each type, and the field that holds values not sent as bytes.
_TYPES = {
    types_pb2.DT_FLOAT: (np.float32, "float_val"),
    types_pb2.DT_DOUBLE: (np.float64, "double_val"),
    types_pb2.DT_HALF: (np.float16, "half_val"),
    types_pb2.DT_INT8: (np.int8, "int_val"),
    types_pb2.DT_INT16: (np.int16, "int_val"),
    types_pb2.DT_INT32: (np.int32, "int_val"),
    types_pb2.DT_INT64: (np.int64, "int64_val"),
    types_pb2.DT_UINT8: (np.uint8, "int_val"),
    types_pb2.DT_UINT16: (np.uint16, "int_val"),
    types_pb2.DT_UINT32: (np.uint32, "uint32_val"),
    types_pb2.DT_UINT64: (np.uint64, "uint64_val"),
    types_pb2.DT_BOOL: (np.bool_, "bool_val"),
    types_pb2.DT_STRING: (np.object_, "string_val"),
}
_ENUMERATED = {np.dtype(dtype): number for number, (dtype, _) in _TYPES.items()}
_MAX_AXES = 32
_MAX_BYTES = 2**31 - 1


def to_proto(array: np.ndarray) -> tensor_pb2.TensorProto:
    """A message from an array.

    Args:
        array: Numbers, booleans, or `bytes` in an object array.

    Returns:
        The message.

    Raises:
        ServingError: INVALID_ARGUMENT, for values of another type.
    """
    if array.dtype not in _ENUMERATED:
        raise ServingError(
            "INVALID_ARGUMENT", f"Expected numbers or bytes. Received: {array.dtype}"
        )
    proto = tensor_pb2.TensorProto(dtype=_ENUMERATED[array.dtype])
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    if array.dtype.hasobject:
        proto.string_val.extend(array.reshape(-1).tolist())
    else:
        little_endian = array.dtype.newbyteorder("<")
        proto.tensor_content = array.astype(little_endian, copy=False).tobytes()
    return proto


def to_array(proto: tensor_pb2.TensorProto, max_bytes: int = _MAX_BYTES) -> np.ndarray:
    """An array from a message.

    As in TensorFlow, the last of too few values stands for those that are missing, so
    the shape alone says how much memory a small message asks for.

    Args:
        proto: The message.
        max_bytes: How large the array may be.

    Returns:
        The array; strings are `bytes` in an object array.

    Raises:
        ServingError: INVALID_ARGUMENT, if type, shape and values do not fit together,
            or the array would be too large.
    """
    if proto.dtype not in _TYPES:
        known = types_pb2.DataType.values()
        name = types_pb2.DataType.Name(proto.dtype) if proto.dtype in known else "none"
        raise _refusal(f"a tensor of numbers or strings. Received: dtype {name}")
    dtype, field = _TYPES[proto.dtype]
    dtype = np.dtype(dtype)
    shape = _shape(proto)
    count = math.prod(shape)
    if count * dtype.itemsize > max_bytes:
        raise _refusal(
            f"a tensor of at most {max_bytes:,} bytes. Received: shape {shape}, "
            f"dtype {dtype}"
        )
    if proto.tensor_content:
        return _from_bytes(proto, dtype, shape)
    return _from_values(getattr(proto, field), dtype, shape)


def _shape(proto: Any) -> tuple[int, ...]:
    sizes = tuple(axis.size for axis in proto.tensor_shape.dim)
    unknown = proto.tensor_shape.unknown_rank or any(size < 0 for size in sizes)
    if unknown or len(sizes) > _MAX_AXES:
        received = "unknown rank" if proto.tensor_shape.unknown_rank else sizes[:9]
        raise _refusal(f"a shape of known sizes. Received: {received}")
    return sizes


def _from_bytes(proto: Any, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    if dtype.hasobject:
        raise _refusal("strings in `string_val`. Received: `tensor_content`")
    expected = math.prod(shape) * dtype.itemsize
    if len(proto.tensor_content) != expected:
        raise _refusal(
            f"{expected:,} bytes for shape {shape} and dtype {dtype}. "
            f"Received: {len(proto.tensor_content):,} bytes"
        )
    values = np.frombuffer(proto.tensor_content, dtype.newbyteorder("<"))
    return values.astype(dtype).reshape(shape)  # a copy, which may be written to


def _from_values(values: Any, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    count = math.prod(shape)
    if len(values) > count:
        raise _refusal(
            f"at most {count:,} values for shape {shape}. Received: {len(values):,}"
        )
    if not values:
        values = [b""] if dtype.hasobject else [0]
    elif dtype.kind in "iuf" and dtype.itemsize < 4:
        values = list(values)  # of which numpy checks the range
    array = np.empty(count, dtype)
    known = min(len(values), count)
    try:
        if dtype == np.float16:  # its bits, as integers
            given = np.array(values, np.uint16).view(np.float16)
        else:
            given = np.array(values, dtype)
    except OverflowError as error:
        raise _refusal(f"values of {dtype}. Received: {error}") from error
    array[:known] = given[:known]
    array[known:] = given[-1]
    return array.reshape(shape)


def _refusal(expected: str) -> ServingError:
    return ServingError("INVALID_ARGUMENT", f"Expected {expected}")
