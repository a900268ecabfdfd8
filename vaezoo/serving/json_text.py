"""JSON as it comes over a network: parsed with suspicion, and quoted briefly."""

import json
from collections import Counter
from typing import Any

from vaezoo.serving.serving_error import ServingError

_QUOTED = 200


def parse_object(body: bytes) -> dict[str, Any]:
    """Parses a JSON object.

    NaN, Infinity and -Infinity are numbers, as TensorFlow Serving has it. Doubled keys,
    text after the object, and nesting of hundreds of levels are errors.

    Args:
        body: UTF-8 text.

    Returns:
        The object.

    Raises:
        ServingError: INVALID_ARGUMENT, if it is not a JSON object.
    """
    if not body.strip():
        raise _parse_error("The document is empty")
    try:
        value = json.loads(body.decode("utf-8-sig"), object_pairs_hook=_unique)
    except UnicodeDecodeError as error:
        raise _parse_error(f"Expected UTF-8 ({error.reason})", error.start) from None
    except json.JSONDecodeError as error:
        reason = "Invalid value" if "Expecting value" in error.msg else error.msg
        raise _parse_error(reason, error.pos) from None
    except RecursionError:
        raise _parse_error("Expected less nesting") from None
    except ValueError as error:  # an integer of thousands of digits
        raise _parse_error(str(error)) from None
    if not isinstance(value, dict):
        raise ServingError(
            "INVALID_ARGUMENT", f"JSON Value: {quoted(value)} Is not object"
        )
    return value


def json_type(value: Any) -> str:
    """The name that TensorFlow Serving's errors give a value's type."""
    if value is None or isinstance(value, bool):
        return {None: "Null", True: "True", False: "False"}[value]
    return {dict: "Object", list: "Array", str: "String"}.get(type(value), "Number")


def quoted(value: Any) -> str:
    """The beginning of a value as JSON, for an error message."""
    text = json.dumps(_beginning(value, 4))
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}..."


def _beginning(value: Any, depth: int) -> Any:
    """As much of a value as a message needs: a large one is never written whole."""
    if isinstance(value, str):
        return value[:_QUOTED]
    if isinstance(value, int) and not -(10**30) < value < 10**30:
        return "a large integer"
    if not isinstance(value, (list, dict)):
        return value
    if depth == 0:
        return "..."
    if isinstance(value, list):
        return [_beginning(part, depth - 1) for part in value[:20]]
    first = list(value.items())[:20]
    return {key[:_QUOTED]: _beginning(part, depth - 1) for key, part in first}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        doubled = counts.most_common(1)[0][0]
        raise _parse_error(f"Expected each key once. Received: {quoted(doubled)} twice")
    return result


def _parse_error(reason: str, offset: int | None = None) -> ServingError:
    where = "" if offset is None else f" at offset: {offset}"
    return ServingError("INVALID_ARGUMENT", f"JSON Parse error: {reason}{where}")
