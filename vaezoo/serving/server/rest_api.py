"""The REST interface, apart from connections."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vaezoo.serving.server.example_requests import refuse_examples
from vaezoo.serving.server.model_manager import ModelManager
from vaezoo.serving.server.model_metadata import metadata_json, status_json
from vaezoo.serving.server.page_files import PAGE_FOLDER, page_file
from vaezoo.serving.server.request_gate import RequestGate
from vaezoo.serving.server.rest_answer import RestAnswer
from vaezoo.serving.server.rest_path import ModelPath, parse_model_path
from vaezoo.serving.serving_error import ServingError
from vaezoo.serving.tensor_json import decode_request, encode_response
from vaezoo.zoo.card import CARD_FILE

_METRICS = "/monitoring/prometheus/metrics"
# Smaller bodies are parsed at once; Python's objects of a large one take much memory.
_SMALL_BODY = 2**16


class RestApi:
    """Answers requests: TensorFlow Serving's, and a few of ours.

    Args:
        manager: The models.
        page_folder: The files of the page at /.
    """

    def __init__(self, manager: ModelManager, page_folder: Path = PAGE_FOLDER) -> None:
        self._manager = manager
        self._page_folder = page_folder
        limits = manager.limits
        self._parsing = RequestGate(limits.max_running, limits.max_waiting)

    def handle(
        self, http_method: str, target: str, body: bytes, known_tag: str | None = None
    ) -> RestAnswer:
        """Answers a request; it raises nothing.

        Args:
            http_method: "GET", "HEAD" or "POST"; others are refused.
            target: Path and query.
            body: The request's body.
            known_tag: The request's `If-None-Match`.

        Returns:
            The answer.
        """
        path = target.partition("?")[0]
        if path.lower().startswith("/v1/") and path.rstrip("/") != "/v1/models":
            return self._handle_model(http_method, path, body)
        try:
            return self._other(http_method, path)(known_tag)
        except ServingError as error:
            return RestAnswer.of_error(error)

    def _handle_model(self, http_method: str, path: str, body: bytes) -> RestAnswer:
        started = time.monotonic()
        asked = ModelPath("", None, None, "")
        fields: dict[str, Any] = {}
        try:
            asked = parse_model_path(http_method, path)
            fields["model"] = asked.model
            answer = self._ask(asked, body, fields)
        except ServingError as error:
            answer = RestAnswer.of_error(error, **fields)
        except Exception as error:
            # A bug of ours: the client is told no more than that.
            failure = ServingError(
                "INTERNAL", f"Internal error: {type(error).__name__}"
            )
            answer = RestAnswer.of_error(failure, **fields, exception=repr(error))
        self._manager.metrics.record(
            asked.model,
            asked.method,
            "REST",
            answer.code,
            time.monotonic() - started,
        )
        return answer

    def _ask(self, asked: ModelPath, body: bytes, fields: dict[str, Any]) -> RestAnswer:
        which = asked.model, asked.version, asked.label
        if asked.method == "status":
            return RestAnswer.of_json(
                status_json(self._manager.status(*which)), **fields
            )
        if asked.method == "metadata":
            version, signatures = self._manager.metadata(*which)
            content = metadata_json(asked.model, version, signatures)
            return RestAnswer.of_json(content, **fields, version=version)
        if asked.method == "card":
            return self._card(*which)
        return self._predict(asked, body, fields)

    def _predict(
        self, asked: ModelPath, body: bytes, fields: dict[str, Any]
    ) -> RestAnswer:
        deadline = time.monotonic() + self._manager.limits.timeout
        with self._manager.lease(asked.model, asked.version, asked.label) as servable:
            fields["version"] = servable.version
            if asked.method != "predict":
                refuse_examples(servable, asked.method, body)
            if len(body) <= _SMALL_BODY:
                request = decode_request(body, servable.inputs)
            else:
                with self._parsing.admitted(deadline):
                    request = decode_request(body, servable.inputs)
            fields["signature"] = request.signature
            fields["rows"] = max(
                (a.shape[0] for a in request.inputs.values() if a.ndim), default=None
            )
            outputs = self._manager.run(
                servable, request.signature, request.inputs, deadline
            )
        return RestAnswer(encode_response(outputs, request.row), fields=fields)

    def _card(self, name: str, version: int | None, label: str | None) -> RestAnswer:
        path = self._manager.folder(name, version, label) / CARD_FILE
        try:
            return RestAnswer(path.read_bytes(), fields={"model": name})
        except OSError:
            raise ServingError("NOT_FOUND", f"The model {name} has no card") from None

    def _other(self, http_method: str, path: str) -> Callable[[str | None], RestAnswer]:
        if path == "/v1" or path.rstrip("/") == "/v1/models":
            found = self._models
        elif path in ("/health", "/healthz"):
            found = self._health
        elif path == _METRICS:
            found = self._metrics
        elif path == "/":
            found = self._page("index.html")
        elif match := re.fullmatch("/page/([^/]+)", path):
            found = self._page(match[1])
        elif path == "/favicon.ico":
            found = self._page("favicon.svg")
        else:
            raise ServingError("NOT_FOUND", f"Not found: {path[:200]}")
        if http_method not in ("GET", "HEAD"):
            raise ServingError(
                "INVALID_ARGUMENT", f"Malformed request: {http_method} {path[:200]}"
            )
        return found

    def _page(self, name: str) -> Callable[[str | None], RestAnswer]:
        return lambda known_tag: page_file(self._page_folder, name, known_tag)

    def _models(self, _: str | None) -> RestAnswer:
        models = []
        for name in self._manager.names():
            try:
                statuses = self._manager.status(name)
            except ServingError:  # a folder without versions
                statuses = []
            labels = self._manager.labels(name)
            models.append(
                {
                    "name": name,
                    "versions": [
                        {"version": str(s.version), "state": s.state} for s in statuses
                    ],
                    "labels": {label: str(v) for label, v in labels.items()},
                }
            )
        return RestAnswer.of_json({"models": models})

    def _health(self, _: str | None) -> RestAnswer:
        available = {
            name: self._manager.available(name) for name in self._manager.names()
        }
        healthy = all(available.values())
        state = "ok" if healthy else "unavailable"
        return RestAnswer.of_json(
            {"status": state, "models": available}, 200 if healthy else 503
        )

    def _metrics(self, _: str | None) -> RestAnswer:
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return RestAnswer(self._manager.metrics.text().encode(), headers=headers)
