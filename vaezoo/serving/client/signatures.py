"""What a server says of a model: its versions, its signatures."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from vaezoo.serving.tensor_description import TensorDescription
from vaezoo.serving.version_status import VersionStatus

_DTYPES = {
    "DT_BOOL": "bool",
    "DT_DOUBLE": "float64",
    "DT_FLOAT": "float32",
    "DT_HALF": "float16",
}


@dataclasses.dataclass(frozen=True)
class Signature:
    """A function of a served model.

    Args:
        inputs: Its inputs, by name.
        outputs: Its outputs, by name.
    """

    inputs: dict[str, TensorDescription]
    outputs: dict[str, TensorDescription]


@dataclasses.dataclass(frozen=True)
class ModelMetadata:
    """What a server says of a version of a model.

    Args:
        name: The model's name.
        version: The version.
        signatures: Its signatures, by name.
    """

    name: str
    version: int
    signatures: dict[str, Signature]


def statuses_from_json(answer: Any) -> list[VersionStatus]:
    """The versions in a server's answer, the highest first.

    Args:
        answer: The parsed JSON.

    Raises:
        ValueError: If it is not an answer of that kind.
    """
    try:
        found = [
            VersionStatus(
                int(entry["version"]),
                str(entry["state"]),
                str(entry["status"]["error_code"]),
                str(entry["status"]["error_message"]),
            )
            for entry in answer["model_version_status"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"Expected a model's status. Received: {str(answer)[:200]}"
        ) from error
    return sorted(found, reverse=True)


def metadata_from_json(answer: Any) -> ModelMetadata:
    """The signatures in a server's answer.

    Args:
        answer: The parsed JSON.

    Raises:
        ValueError: If it is not an answer of that kind.
    """
    try:
        spec = answer["model_spec"]
        definitions = answer["metadata"]["signature_def"]["signature_def"]
        signatures = {
            name: Signature(
                _descriptions_from_json(definition["inputs"]),
                _descriptions_from_json(definition["outputs"]),
            )
            for name, definition in definitions.items()
            if not name.startswith("__")  # the runtime's own entry
        }
        return ModelMetadata(str(spec["name"]), int(spec["version"]), signatures)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"Expected a model's metadata. Received: {str(answer)[:200]}"
        ) from error


def dtype_name(enumerated: str) -> str:
    """From "DT_INT64" to "int64"."""
    return _DTYPES.get(enumerated, enumerated.removeprefix("DT_").lower())


def _descriptions_from_json(
    tensors: Mapping[str, Any],
) -> dict[str, TensorDescription]:
    found = {}
    for name, info in tensors.items():
        sizes = [int(axis["size"]) for axis in info["tensor_shape"].get("dim", [])]
        shape = tuple(None if size < 0 else size for size in sizes)
        if info["tensor_shape"].get("unknown_rank"):
            shape = None
        found[name] = TensorDescription(name, dtype_name(info["dtype"]), shape)
    return found
