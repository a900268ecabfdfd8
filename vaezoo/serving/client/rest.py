"""TensorFlow Serving's REST interface."""

import http.client
import json
import ssl
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from vaezoo.serving.client.connections import Answer, Connections
from vaezoo.serving.client.request_error import RequestError
from vaezoo.serving.client.signatures import (
    ModelMetadata,
    Signature,
    metadata_from_json,
    statuses_from_json,
)
from vaezoo.serving.client.transport import ModelVersion, Transport
from vaezoo.serving.serving_error import ServingError
from vaezoo.serving.tensor_json import decode_response, encode_request, error_message
from vaezoo.serving.version_status import VersionStatus

_BUSY = (429, 503)
_TOO_LARGE = 413

Result = TypeVar("Result")


class RestTransport(Transport):
    """Requests as JSON over connections that are kept open.

    Args:
        url: The parsed address, such as "http://localhost:8501".
    """

    def __init__(self, url: urllib.parse.SplitResult) -> None:
        self._base = url.path.rstrip("/")
        self._address = f"{url.scheme}://{url.netloc}"
        self._connections = Connections(url)

    def predict(
        self,
        model: ModelVersion,
        name: str,
        signature: Signature,
        inputs: Mapping[str, np.ndarray],
        timeout: float,
    ) -> dict[str, np.ndarray]:
        """Runs a signature; see `Transport`."""
        body = encode_request(inputs, name)
        outputs = list(signature.outputs.values())
        path = self._path(model) + ":predict"
        return self._ask(
            path, body, timeout, lambda text: decode_response(text, outputs)
        )

    def metadata(self, model: ModelVersion, timeout: float) -> ModelMetadata:
        """The model's signatures; see `Transport`."""
        path = self._path(model) + "/metadata"
        return self._ask(path, None, timeout, _parsed_by(metadata_from_json))

    def status(self, model: ModelVersion, timeout: float) -> list[VersionStatus]:
        """The model's versions; see `Transport`."""
        path = self._path(model)
        return self._ask(path, None, timeout, _parsed_by(statuses_from_json))

    def close(self) -> None:
        """Closes all connections."""
        self._connections.close()

    def _path(self, model: ModelVersion) -> str:
        path = f"{self._base}/v1/models/{urllib.parse.quote(model.name, safe='')}"
        if model.version is not None:
            return f"{path}/versions/{model.version}"
        if model.label is not None:
            return f"{path}/labels/{urllib.parse.quote(model.label, safe='')}"
        return path

    def _ask(
        self,
        path: str,
        body: bytes | None,
        timeout: float,
        read: Callable[[bytes], Result],
    ) -> Result:
        method = "GET" if body is None else "POST"
        url = self._address + path
        try:
            answer = self._connections.request(method, path, body, timeout)
        except (OSError, http.client.HTTPException) as error:
            raise _without_answer(error, url, timeout) from error
        if answer.status != 200:
            raise _refusal(answer, url)
        try:
            return read(answer.body)
        except (ServingError, ValueError) as error:
            message = (
                "Expected an answer of TensorFlow Serving's REST interface; is this "
                f"its address? {error}"
            )
            raise RequestError("UNKNOWN", message, url, answer.status) from error


def _parsed_by(read: Callable[[Any], Result]) -> Callable[[bytes], Result]:
    return lambda text: read(json.loads(text))


def _refusal(answer: Answer, url: str) -> RequestError:
    code = ServingError.from_http(answer.status, "").code
    message = error_message(answer.body).strip() or "An answer without words"
    if location := answer.headers.get("Location"):
        message = f"Redirected to {location}: use that address. {message}"
    retry_after = None
    if answer.status in _BUSY:
        retry_after = _seconds(answer.headers.get("Retry-After"))
    return RequestError(
        code,
        message,
        url,
        answer.status,
        retry_after=retry_after,
        too_large=answer.status == _TOO_LARGE,
    )


def _seconds(text: str | None) -> float:
    """What `Retry-After` says; the other form that it may have, a date, is ignored."""
    return float(text) if text is not None and text.strip().isdecimal() else 0.0


def _without_answer(error: Exception, url: str, timeout: float) -> RequestError:
    """What to check, in the place of an answer."""
    if isinstance(error, TimeoutError):
        message = (
            f"Expected an answer within {timeout:.3g} s: give the client more time "
            "(`timeout`), or requests fewer rows (`max_rows`)"
        )
        return RequestError("DEADLINE_EXCEEDED", message, url)
    if isinstance(error, ConnectionRefusedError):
        hint = (
            "Nothing listens there. Is the server running (`vaezoo serve`, or "
            "TensorFlow Serving with `-p 8501:8501`), and is it the REST port, 8501 by "
            "default, not gRPC's 8500?"
        )
    elif isinstance(error, ssl.SSLError):
        hint = "Is it an https server, and is its certificate trusted here?"
    elif isinstance(error, (ConnectionError, http.client.HTTPException)):
        hint = "It hung up without an answer: is it the REST port, and http?"
    else:
        hint = "Is the name of the host right, and can it be reached from here?"
    received = str(error) or type(error).__name__
    return RequestError(
        "UNAVAILABLE", f"Expected a model server. {hint} Received: {received}", url
    )
