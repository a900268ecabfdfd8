"""TensorFlow Serving's gRPC services on the models of a server."""

import functools
import logging
import time
from collections.abc import Callable
from typing import Any, NoReturn

from vaezoo.serving.grpc_stubs import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    grpc,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)
from vaezoo.serving.server.access_log import AccessLog
from vaezoo.serving.server.error_codes import serving_error
from vaezoo.serving.server.model_manager import ModelManager
from vaezoo.serving.serving_error import ServingError
from vaezoo.serving.tensor_json import DEFAULT_SIGNATURE
from vaezoo.serving.tensor_proto import to_array, to_proto

_log = logging.getLogger(__name__)

# As in TensorFlow Serving: a status travels in a header, whose size is limited.
_MAX_MESSAGE = 1024
_SIGNATURES = "signature_def"
# What metrics call the methods, over REST too.
_KINDS = {
    "Predict": "predict",
    "Classify": "classify",
    "Regress": "regress",
    "GetModelMetadata": "metadata",
    "GetModelStatus": "status",
}


class _Service:
    """What the services have in common: each call is counted and logged.

    Args:
        manager: The models.
        access_log: Gets a line for each call; None for nowhere.
    """

    def __init__(
        self, manager: ModelManager, access_log: AccessLog | None = None
    ) -> None:
        self._manager = manager
        self._access_log = access_log

    def _record(
        self, method: str, request: Any, context: Any, code: str, seconds: float
    ) -> None:
        """Counts a call by its short name, as REST does, and logs it by its own."""
        model = request.model_spec.name
        kind = _KINDS[method]
        self._manager.metrics.record(model, kind, "GRPC", code, seconds)
        if self._access_log is not None:
            self._access_log.write(
                client=context.peer(),
                method=method,
                code=code,
                ms=round(seconds * 1000, 2),
                bytes=request.ByteSize(),
                model=model,
                signature=request.model_spec.signature_name or None,
            )


def _answered(method: Callable[[Any, Any, Any], Any]) -> Callable:
    """Turns a method's errors into statuses, and records the call."""

    @functools.wraps(method)
    def answer(self: _Service, request: Any, context: Any) -> Any:
        start, error = time.monotonic(), None
        try:
            return method(self, request, context)
        except Exception as raised:
            error = serving_error(raised)
            if error.code == "INTERNAL":
                _log.exception("A call of %s failed", method.__name__)
        finally:
            code = "OK" if error is None else error.code
            seconds = time.monotonic() - start
            self._record(method.__name__, request, context, code, seconds)
        context.abort(grpc.StatusCode[error.code], _shortened(error.message))

    return answer


class PredictionService(
    _Service, prediction_service_pb2_grpc.PredictionServiceServicer
):
    """`tensorflow.serving.PredictionService`: predictions and signatures."""

    @_answered
    def Predict(self, request: Any, context: Any) -> Any:
        """Runs a signature."""
        name, version, label = _model(request)
        wanted = list(request.output_filter)
        if len(set(wanted)) != len(wanted):
            _refuse(f"Expected each output once in `output_filter`. Received: {wanted}")
        max_bytes = self._manager.limits.max_body_bytes
        inputs = {
            key: to_array(value, max_bytes) for key, value in request.inputs.items()
        }
        signature = request.model_spec.signature_name or DEFAULT_SIGNATURE
        outputs, version = self._manager.predict(
            name,
            inputs,
            signature=signature,
            version=version,
            label=label,
            timeout=context.time_remaining(),
        )
        if unknown := sorted(set(wanted) - set(outputs)):
            _refuse(
                f"Expected outputs among {sorted(outputs)} in `output_filter`. "
                f"Received: {unknown}"
            )
        response = predict_pb2.PredictResponse()
        _fill(response.model_spec, name, version, signature)
        for key in wanted or outputs:
            response.outputs[key].CopyFrom(to_proto(outputs[key]))
        return response

    @_answered
    def GetModelMetadata(self, request: Any, context: Any) -> Any:
        """The signatures of a model."""
        name, version, label = _model(request)
        if list(request.metadata_field) != [_SIGNATURES]:
            _refuse(
                f"Expected `metadata_field` to be [{_SIGNATURES!r}]. "
                f"Received: {list(request.metadata_field)}"
            )
        version, definitions = self._manager.metadata(name, version, label)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        for key, definition in definitions.items():
            signatures.signature_def[key].CopyFrom(definition)
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        _fill(response.model_spec, name, version)
        response.metadata[_SIGNATURES].Pack(signatures)
        return response

    @_answered
    def Classify(self, request: Any, context: Any) -> NoReturn:
        """Not for these models."""
        _refuse_examples("Classify")

    @_answered
    def Regress(self, request: Any, context: Any) -> NoReturn:
        """Not for these models."""
        _refuse_examples("Regress")

    def MultiInference(self, request: Any, context: Any) -> NoReturn:
        """Not for these models."""
        message = "Expected Predict: the models here have no signatures of examples"
        context.abort(grpc.StatusCode.UNIMPLEMENTED, message)


class ModelService(_Service, model_service_pb2_grpc.ModelServiceServicer):
    """`tensorflow.serving.ModelService`: the states of versions."""

    @_answered
    def GetModelStatus(self, request: Any, context: Any) -> Any:
        """The states of a model's versions, the highest first."""
        response = get_model_status_pb2.GetModelStatusResponse()
        for found in self._manager.status(*_model(request)):
            entry = response.model_version_status.add(version=found.version)
            entry.state = type(entry).State.Value(found.state)
            codes = entry.status.DESCRIPTOR.fields_by_name["error_code"].enum_type
            entry.status.error_code = codes.values_by_name[found.error_code].number
            entry.status.error_message = found.error_message
        return response

    def HandleReloadConfigRequest(self, request: Any, context: Any) -> NoReturn:
        """Not here: a client has no say in which files the server opens."""
        message = (
            "Expected models to be named on the command line of `vaezoo serve`; their "
            "new versions are found without a request"
        )
        context.abort(grpc.StatusCode.UNIMPLEMENTED, message)


def _model(request: Any) -> tuple[str, int | None, str | None]:
    """Name, version and label of the model that a request is for."""
    if not request.HasField("model_spec"):
        _refuse("Missing ModelSpec")
    spec = request.model_spec
    if not spec.name:
        _refuse("ModelSpec has no name specified.")
    chosen = spec.WhichOneof("version_choice")
    version = spec.version.value if chosen == "version" else None
    return spec.name, version, spec.version_label if chosen == "version_label" else None


def _fill(spec: Any, name: str, version: int, signature: str = "") -> None:
    spec.name, spec.signature_name, spec.version.value = name, signature, version


def _refuse(message: str) -> NoReturn:
    raise ServingError("INVALID_ARGUMENT", message)


def _refuse_examples(method: str) -> NoReturn:
    raise ServingError(
        "UNIMPLEMENTED",
        f"Expected Predict: the models here have no signatures for {method}",
    )


def _shortened(message: str) -> str:
    if len(message) <= _MAX_MESSAGE:
        return message
    return message[:_MAX_MESSAGE] + "...TRUNCATED"
