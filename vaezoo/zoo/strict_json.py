"""JSON files, read with suspicion, and frozen dataclasses made of them."""

import dataclasses
import json
import math
import types
import typing
from pathlib import Path
from typing import Any, NoReturn

from vaezoo.input_file import open_regular
from vaezoo.zoo.model_file_error import ModelFileError

_MAX_DEPTH = 200


def read_bounded(path: Path, max_bytes: int) -> bytes:
    """The bytes of a regular file of limited size.

    Args:
        path: The file.
        max_bytes: The largest size that is read.

    Returns:
        The file's content.

    Raises:
        ModelFileError: If there is no such file, or it is too large or no file.
    """
    try:
        with open_regular(path) as file:
            content = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise ModelFileError(path, "there is no such file") from None
    except OSError as error:
        raise ModelFileError(path, error.strerror or str(error)) from error
    if len(content) > max_bytes:
        raise ModelFileError(path, f"it is larger than {max_bytes:,} bytes")
    return content


def parse_json(content: bytes, path: Path) -> Any:
    """Parses JSON without its Python extensions (NaN, Infinity, doubled keys).

    Args:
        content: UTF-8 text.
        path: Where it was read, for the error.

    Returns:
        The value.

    Raises:
        ModelFileError: If it is not JSON.
    """
    try:
        return json.loads(
            content.decode("utf-8"),
            parse_constant=_refuse_constant,
            object_pairs_hook=_refuse_doubled_keys,
        )
    except (ValueError, RecursionError) as error:
        raise ModelFileError(path, f"it is not valid JSON ({error})") from error


def build_dataclass(cls: type, value: Any, where: str = "") -> Any:
    """A dataclass from parsed JSON, each field checked against its annotation.

    Annotations may be str, int, float, Any, dataclasses, unions with None,
    `dict[str, X]` and `tuple[X, ...]`. Fields with a default may be absent.

    Args:
        cls: The dataclass.
        value: Parsed JSON.
        where: The field that `value` comes from, for the error.

    Returns:
        An instance of `cls`.

    Raises:
        ValueError: If a field is unknown, missing, or of the wrong type.
    """
    if not isinstance(value, dict):
        _expected("an object", value, where)
    fields = {field.name: field for field in dataclasses.fields(cls)}
    required = {
        name
        for name, field in fields.items()
        if field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    }
    prefix = f"{where}." if where else ""
    if unknown := sorted(value.keys() - fields.keys()):
        raise ValueError(f"unknown field {prefix}{unknown[0]}")
    if missing := sorted(required - value.keys()):
        raise ValueError(f"missing field {prefix}{missing[0]}")
    hints = typing.get_type_hints(cls)
    return cls(**{k: _convert(hints[k], v, prefix + k) for k, v in value.items()})


def check_nesting(value: Any) -> None:
    """Checks that parsed JSON is not nested so deep that to print it would fail.

    Args:
        value: Parsed JSON.

    Raises:
        ValueError: If it is.
    """
    stack = [(value, 0)]
    while stack:
        value, depth = stack.pop()
        if depth > _MAX_DEPTH:
            raise ValueError(f"it is nested more than {_MAX_DEPTH} levels deep")
        if isinstance(value, (dict, list)):
            items = value.values() if isinstance(value, dict) else value
            stack += [(item, depth + 1) for item in items]


def _convert(hint: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        check_nesting(value)
        return value
    if origin is types.UnionType:
        if value is None and type(None) in arguments:
            return None
        return _convert(arguments[0], value, where)
    if origin is dict:
        if not isinstance(value, dict):
            _expected("an object", value, where)
        return {k: _convert(arguments[1], v, f"{where}.{k}") for k, v in value.items()}
    if origin is tuple:
        if not isinstance(value, list):
            _expected("a list", value, where)
        return tuple(
            _convert(arguments[0], v, f"{where}[{i}]") for i, v in enumerate(value)
        )
    if dataclasses.is_dataclass(hint):
        return build_dataclass(hint, value, where)
    return _convert_plain(hint, value, where)


def _convert_plain(hint: type, value: Any, where: str) -> Any:
    if hint is float and type(value) is int and abs(value) < 2**53:
        return float(value)
    if type(value) is not hint:
        _expected(
            {str: "a string", int: "an integer"}.get(hint, "a number"), value, where
        )
    if hint is float and not math.isfinite(value):
        _expected("a finite number", value, where)
    if hint is int and abs(value) >= 2**63:
        _expected("an integer of 64 bits", value, where)
    return value


def _expected(what: str, value: Any, where: str) -> NoReturn:
    text = repr(value)
    text = text if len(text) <= 80 else f"{text[:77]}..."
    raise ValueError(
        f"expected {what}{f' in field {where}' if where else ''}, received {text}"
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refuse_doubled_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key occurs twice in one object")
    return result
