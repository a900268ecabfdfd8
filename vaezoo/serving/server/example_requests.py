"""Requests that classify or regress, as far as TensorFlow Serving refuses them."""

from collections.abc import Mapping
from typing import Any, NoReturn

from vaezoo.serving.json_tensors import decode_base64, is_base64
from vaezoo.serving.json_text import json_type, parse_object, quoted
from vaezoo.serving.server.servable import Servable
from vaezoo.serving.serving_error import ServingError
from vaezoo.serving.tensor_json import signature_name

_NOUNS = {"classify": "classification", "regress": "regression"}


def refuse_examples(servable: Servable, method: str, body: bytes) -> NoReturn:
    """Answers what TensorFlow Serving answers for models without such signatures.

    The models of vaezoo have none, and `tf.Example` is read nowhere else.

    Args:
        servable: The version.
        method: "classify" or "regress".
        body: The request.

    Raises:
        ServingError: INVALID_ARGUMENT for a malformed request, or a signature that is
            for predict; UNIMPLEMENTED for one that is for this.
    """
    document = parse_object(body)
    name = signature_name(document)
    _check_examples(document)
    definition = servable.signature_defs.get(name)
    if definition is None:
        _refuse(f"No signature was found with the name: {name}")
    expected = f"tensorflow/serving/{method}"
    if definition.method_name != expected:
        _refuse(
            f"Expected {_NOUNS[method]} signature method_name to be {expected}. "
            f"Was: {definition.method_name}"
        )
    raise ServingError(
        "UNIMPLEMENTED", f"This server answers predict, not {method}: use :predict"
    )


def _check_examples(document: Mapping[str, Any]) -> None:
    if "context" in document:
        _check_example(document["context"])
    if "examples" not in document:
        _refuse(
            f"JSON Value: {quoted(document)} When method is classify, key 'examples' "
            "is expected and was not found"
        )
    examples = document["examples"]
    if not isinstance(examples, list):
        _refuse(
            f"JSON Value: {quoted(document)} Expecting 'examples' value to be an "
            "list/array"
        )
    if not examples:
        _refuse(f"JSON Value: {quoted(document)} 'examples' value is an empty array")
    for example in examples:
        _check_example(example)


def _check_example(example: Any) -> None:
    if not isinstance(example, dict):
        _refuse(f"Example must be JSON object but got JSON {json_type(example)}")
    for name, content in example.items():
        values = content if isinstance(content, list) else [content]
        kinds = {_feature_kind(name, value) for value in values}
        if len(kinds) > 1:
            _refuse(f"Unexpected element type in feature: {name}: {sorted(kinds)}")


def _feature_kind(name: str, value: Any) -> str:
    if is_base64(value):
        decode_base64(value["b64"])
        return "bytes"
    if value is None or isinstance(value, (list, dict)):
        _refuse(
            f"Feature: {name} has element with unexpected JSON type: {json_type(value)}"
        )
    if isinstance(value, str):
        return "bytes"
    if isinstance(value, float):
        return "float"
    if not -(2**63) <= value < 2**63:
        _refuse(f"Feature: {name} has uint64_t element. Only int64_t is supported.")
    return "int64"


def _refuse(message: str) -> NoReturn:
    raise ServingError("INVALID_ARGUMENT", message)
