"""TensorFlow Serving's gRPC interface."""

import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from tensorflow.core.framework import types_pb2

from vaezoo.serving.client.request_error import RequestError
from vaezoo.serving.client.signatures import (
    ModelMetadata,
    Signature,
    dtype_name,
)
from vaezoo.serving.client.transport import ModelVersion, Transport
from vaezoo.serving.grpc_stubs import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    grpc,
    model_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)
from vaezoo.serving.tensor_description import TensorDescription
from vaezoo.serving.tensor_proto import to_array, to_proto
from vaezoo.serving.version_status import VersionStatus

_OPTIONS = [
    # Answers are as large as what was asked for.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # The client's own back-off is the only one.
    ("grpc.enable_retries", 0),
    # Clients in one process share no connection that one of them closes.
    ("grpc.use_local_subchannel_pool", 1),
]
_BUSY = ("RESOURCE_EXHAUSTED", "UNAVAILABLE")
# gRPC's own words; it has no code for them.
_NO_CONNECTION = ("failed to connect", "DNS resolution failed", "errors resolving")
_TOO_LARGE = "larger than max"


class GrpcTransport(Transport):
    """Requests as protocol buffers: no digits to write and to read.

    Args:
        url: The parsed address, such as "grpc://localhost:8500".
    """

    def __init__(self, url: urllib.parse.SplitResult) -> None:
        self._url = f"grpc://{url.netloc}"
        self._channel = grpc.insecure_channel(url.netloc, options=_OPTIONS)
        self._prediction = prediction_service_pb2_grpc.PredictionServiceStub(
            self._channel
        )
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channel)

    def predict(
        self,
        model: ModelVersion,
        name: str,
        signature: Signature,
        inputs: Mapping[str, np.ndarray],
        timeout: float,
    ) -> dict[str, np.ndarray]:
        """Runs a signature; see `Transport`."""
        request = predict_pb2.PredictRequest(model_spec=_spec(model, name))
        for key, value in inputs.items():
            request.inputs[key].CopyFrom(to_proto(value))
        answer = self._ask(self._prediction.Predict, request, timeout)
        return {key: to_array(value) for key, value in answer.outputs.items()}

    def metadata(self, model: ModelVersion, timeout: float) -> ModelMetadata:
        """The model's signatures; see `Transport`."""
        request = get_model_metadata_pb2.GetModelMetadataRequest(
            model_spec=_spec(model), metadata_field=["signature_def"]
        )
        answer = self._ask(self._prediction.GetModelMetadata, request, timeout)
        definitions = get_model_metadata_pb2.SignatureDefMap()
        try:
            answer.metadata["signature_def"].Unpack(definitions)
        except DecodeError as error:
            message = f"Expected a model's metadata. Received: {error}"
            raise RequestError("UNKNOWN", message, self._url) from error
        signatures = {
            name: Signature(
                _descriptions(definition.inputs), _descriptions(definition.outputs)
            )
            for name, definition in definitions.signature_def.items()
            if not name.startswith("__")  # the runtime's own entry
        }
        spec = answer.model_spec
        return ModelMetadata(spec.name, spec.version.value, signatures)

    def status(self, model: ModelVersion, timeout: float) -> list[VersionStatus]:
        """The model's versions; see `Transport`."""
        request = get_model_status_pb2.GetModelStatusRequest(model_spec=_spec(model))
        answer = self._ask(self._models.GetModelStatus, request, timeout)
        found = [
            VersionStatus(
                entry.version,
                type(entry).State.Name(entry.state),
                _code_name(entry.status),
                entry.status.error_message,
            )
            for entry in answer.model_version_status
        ]
        return sorted(found, reverse=True)

    def close(self) -> None:
        """Closes the channel."""
        self._channel.close()

    def _ask(self, method: Callable, request: Any, timeout: float) -> Any:
        try:
            return method(request, timeout=timeout)
        except grpc.RpcError as error:
            raise self._refusal(error, timeout) from error
        except ValueError as error:  # gRPC's word for a closed channel
            message = f"Expected an open client. Received: {error}"
            raise RequestError("CANCELLED", message, self._url) from error

    def _refusal(self, error: Any, timeout: float) -> RequestError:
        code, message = error.code().name, error.details() or "An answer without words"
        no_connection = any(words in message for words in _NO_CONNECTION)
        too_large = _TOO_LARGE in message
        if no_connection:
            message = (
                "Expected a model server. Is it running (`vaezoo serve --grpc-port "
                "8500`, or TensorFlow Serving with `-p 8500:8500`), and is it the gRPC "
                f"port, 8500 by default, not REST's 8501? Received: {message}"
            )
        elif code == "DEADLINE_EXCEEDED":
            message = (
                f"Expected an answer within {timeout:.3g} s: give the client more time "
                f"(`timeout`), or requests fewer rows (`max_rows`). Received: {message}"
            )
        busy = code in _BUSY and not no_connection and not too_large
        return RequestError(
            code,
            message,
            self._url,
            retry_after=0.0 if busy else None,
            too_large=too_large,
        )


def _spec(model: ModelVersion, signature: str = "") -> Any:
    spec = model_pb2.ModelSpec(name=model.name, signature_name=signature)
    if model.version is not None:
        spec.version.value = model.version
    elif model.label is not None:
        spec.version_label = model.label
    return spec


def _code_name(status: Any) -> str:
    codes = status.DESCRIPTOR.fields_by_name["error_code"].enum_type
    return codes.values_by_number[status.error_code].name


def _descriptions(tensors: Mapping[str, Any]) -> dict[str, TensorDescription]:
    found = {}
    for name, info in tensors.items():
        sizes = [axis.size for axis in info.tensor_shape.dim]
        shape = tuple(None if size < 0 else size for size in sizes)
        if info.tensor_shape.unknown_rank:
            shape = None
        dtype = dtype_name(types_pb2.DataType.Name(info.dtype))
        found[name] = TensorDescription(name, dtype, shape)
    return found
