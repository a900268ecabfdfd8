"""TensorFlow Serving's JSON: predict requests and answers, written and read.

The server reads requests and writes answers, the client the other way round; strings
are `bytes` in object arrays in either.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np

from vaezoo.serving.json_arrays import json_rows
from vaezoo.serving.json_tensors import is_base64, json_array
from vaezoo.serving.json_text import parse_object, quoted
from vaezoo.serving.serving_error import ServingError
from vaezoo.serving.tensor_description import TensorDescription

DEFAULT_SIGNATURE = "serving_default"


class PredictRequest(NamedTuple):
    """What a client asks.

    Args:
        signature: Name of the signature.
        inputs: The inputs by name.
        row: Whether they came row by row, and the answer is to be so.
    """

    signature: str
    inputs: dict[str, np.ndarray]
    row: bool


def decode_request(
    body: bytes, inputs_of: Callable[[str], Sequence[TensorDescription]]
) -> PredictRequest:
    """Reads a predict request.

    Args:
        body: `{"signature_name": ..., "instances": [...]}`, row by row, or
            `{"signature_name": ..., "inputs": ...}`, by columns.
        inputs_of: From the name of a signature to its inputs.

    Returns:
        The request.

    Raises:
        ServingError: INVALID_ARGUMENT, for anything else.
    """
    document = parse_object(body)
    signature = signature_name(document)
    tensors = {tensor.name: tensor for tensor in inputs_of(signature)}
    row = "instances" in document
    if row == ("inputs" in document):
        if not row:
            _refuse("Missing 'inputs' or 'instances' key")
        _refuse(
            f"JSON Value: {quoted(document)} Not formatted correctly expecting only "
            "one of 'inputs' or 'instances' keys to exist"
        )
    if row:
        inputs = _rows(document["instances"], tensors)
    else:
        inputs = _columns(document["inputs"], tensors)
    return PredictRequest(signature, inputs, row)


def signature_name(document: Mapping[str, Any]) -> str:
    """The signature that a request names; `serving_default` where it names none.

    Args:
        document: The parsed request.

    Raises:
        ServingError: INVALID_ARGUMENT, if it is not a string.
    """
    name = document.get("signature_name", "")
    if not isinstance(name, str):
        _refuse(
            f"JSON Value: {quoted(document)} not formatted correctly. 'signature_name' "
            "key must be a string value."
        )
    return name or DEFAULT_SIGNATURE


def encode_response(outputs: Mapping[str, np.ndarray], row: bool) -> bytes:
    """Writes the answer to a predict request.

    Args:
        outputs: The outputs by name.
        row: Whether row by row, as `predictions`, or by columns, as `outputs`.

    Returns:
        JSON; the name of a single output is dropped.

    Raises:
        ServingError: INVALID_ARGUMENT, if they have no JSON form.
    """
    if not outputs:
        _refuse("Cannot convert empty tensor map to JSON")
    if row:
        return b'{"predictions":[' + b",".join(_prediction_rows(outputs)) + b"]}"
    columns = {name: _column(name, value) for name, value in sorted(outputs.items())}
    return b'{"outputs":' + _named(columns) + b"}"


def encode_request(
    inputs: Mapping[str, np.ndarray], signature: str = DEFAULT_SIGNATURE
) -> bytes:
    """Writes a predict request in JSON, by columns.

    Args:
        inputs: The inputs by name; strings travel as base64.
        signature: Name of the signature.

    Raises:
        ServingError: INVALID_ARGUMENT, if they have no JSON form.
    """
    columns = {name: _column("_bytes", np.asarray(v)) for name, v in inputs.items()}
    members = [json.dumps(name).encode() + b":" + c for name, c in columns.items()]
    name = json.dumps(signature).encode()
    return b'{"signature_name":%b,"inputs":{%b}}' % (name, b",".join(members))


def decode_response(
    body: bytes, outputs: Sequence[TensorDescription]
) -> dict[str, np.ndarray]:
    """Reads the answer to a predict request by columns.

    Args:
        body: `{"outputs": ...}`.
        outputs: The signature's outputs.

    Returns:
        The outputs by name.

    Raises:
        ServingError: INVALID_ARGUMENT, if it is anything else.
    """
    document = parse_object(body)
    if "outputs" not in document:
        _refuse(f"Expected an answer with 'outputs'. Received: {quoted(document)}")
    return _columns(document["outputs"], {tensor.name: tensor for tensor in outputs})


def error_message(body: bytes) -> str:
    """The text of `{"error": ...}`; of any other answer its beginning."""
    try:
        message = parse_object(body).get("error")
    except ServingError:
        message = None
    if isinstance(message, str):
        return message
    return body[:200].decode(errors="replace")


def _rows(
    instances: Any, tensors: Mapping[str, TensorDescription]
) -> dict[str, np.ndarray]:
    if not isinstance(instances, list):
        _refuse(f"Expecting 'instances' to be an list/array, got {quoted(instances)}")
    if not instances:
        _refuse("No values in 'instances' array")
    if not _is_object(instances[0]):
        if len(tensors) != 1:
            _refuse(
                "instances is a plain list, but expecting list of objects as multiple "
                f"input tensors required as per tensorinfo_map: {_names(tensors)}"
            )
        if any(map(_is_object, instances)):
            item = next(i for i, part in enumerate(instances) if _is_object(part))
            _refuse(f"Expecting value/list but got object at item {item} of input list")
        ((name, tensor),) = tensors.items()
        return {name: json_array(instances, tensor)}
    for item, part in enumerate(instances):
        if not _is_object(part):
            _refuse(f"Expecting object but got list at item {item} of input list")
        if part.keys() != tensors.keys():
            _refuse(
                f"Failed to process element: {item} of 'instances' list. JSON object: "
                f"{quoted(part)} keys must be equal to: {_names(tensors)}"
            )
    return {
        name: json_array([part[name] for part in instances], tensor)
        for name, tensor in tensors.items()
    }


def _columns(
    value: Any, tensors: Mapping[str, TensorDescription]
) -> dict[str, np.ndarray]:
    if not _is_object(value):
        if len(tensors) != 1:
            _refuse(
                "inputs is a plain value/list, but expecting an object as multiple "
                f"input tensors required as per tensorinfo_map: {_names(tensors)}"
            )
        ((name, tensor),) = tensors.items()
        return {name: json_array(value, tensor)}
    for name in tensors:
        if name not in value:
            _refuse(f"Missing named input: {name} in 'inputs' object.")
    if unknown := sorted(value.keys() - tensors.keys()):
        _refuse(f"Expected the names {_names(tensors)}. Received: {quoted(unknown[0])}")
    return {name: json_array(value[name], tensor) for name, tensor in tensors.items()}


def _prediction_rows(outputs: Mapping[str, np.ndarray]) -> Iterator[bytes]:
    count = None
    for name, value in sorted(outputs.items()):
        if value.ndim == 0:
            _refuse(f"Tensor name: {name} has no shape information")
        if count not in (None, len(value)):
            _refuse(
                f"Tensor name: {name} has inconsistent batch size: {len(value)} "
                f"expecting: {count}; ask by columns"
            )
        count = len(value)
    columns = {name: json_rows(name, value) for name, value in sorted(outputs.items())}
    for _ in range(count or 0):
        yield _named({name: next(rows) for name, rows in columns.items()})


def _column(name: str, value: np.ndarray) -> bytes:
    if value.ndim == 0:
        return next(json_rows(name, value[None]))
    return b"[" + b",".join(json_rows(name, value)) + b"]"


def _named(texts: Mapping[str, bytes]) -> bytes:
    if len(texts) == 1:
        return next(iter(texts.values()))
    members = [json.dumps(name).encode() + b":" + text for name, text in texts.items()]
    return b"{" + b",".join(members) + b"}"


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and not is_base64(value)


def _names(tensors: Mapping[str, TensorDescription]) -> str:
    return ",".join(sorted(tensors))


def _refuse(message: str) -> NoReturn:
    raise ServingError("INVALID_ARGUMENT", message)
