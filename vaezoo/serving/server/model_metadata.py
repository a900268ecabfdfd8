"""What REST says of a model: its state, and its signatures."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format
from tensorflow.core.protobuf import meta_graph_pb2

from vaezoo.serving.version_status import VersionStatus


def status_json(statuses: Sequence[VersionStatus]) -> dict[str, Any]:
    """The answer of TensorFlow Serving's model status."""
    return {
        "model_version_status": [
            {
                "version": str(status.version),
                "state": status.state,
                "status": {
                    "error_code": status.error_code,
                    "error_message": status.error_message,
                },
            }
            for status in statuses
        ]
    }


def metadata_json(
    name: str, version: int, signatures: Mapping[str, meta_graph_pb2.SignatureDef]
) -> dict[str, Any]:
    """The answer of TensorFlow Serving's model metadata.

    Args:
        name: The model's name.
        version: The version that is described.
        signatures: Its signatures by name.

    Returns:
        A JSON object.
    """
    described = {
        key: json_format.MessageToDict(
            signature,
            preserving_proto_field_name=True,
            always_print_fields_with_no_presence=True,
        )
        for key, signature in sorted(signatures.items())
    }
    return {
        "model_spec": {"name": name, "signature_name": "", "version": str(version)},
        "metadata": {"signature_def": {"signature_def": described}},
    }
