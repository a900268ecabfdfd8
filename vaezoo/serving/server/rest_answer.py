"""What is sent back over REST."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from vaezoo.serving.serving_error import ServingError


@dataclasses.dataclass(frozen=True)
class RestAnswer:
    """An answer, before it is put on a connection.

    Args:
        body: Its body.
        status: Its HTTP status.
        headers: Headers besides those of every answer.
        code: The code of gRPC that it stands for.
        fields: What the access log says of it.
    """

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = dataclasses.field(
        default_factory=lambda: {"Content-Type": "application/json"}
    )
    code: str = "OK"
    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def of_json(cls, value: Any, status: int = 200, **fields: Any) -> "RestAnswer":
        """An answer of a JSON value."""
        body = json.dumps(value, indent=1).encode() + b"\n"
        return cls(body, status, fields=fields)

    @classmethod
    def of_error(
        cls, error: ServingError, status: int | None = None, **fields: Any
    ) -> "RestAnswer":
        """The answer `{"error": ...}`, with the status of the error's code."""
        status = status or error.http_status
        headers = {"Content-Type": "application/json"}
        if status in (429, 503):
            headers["Retry-After"] = "1"
        body = json.dumps({"error": error.message}).encode() + b"\n"
        return cls(body, status, headers, error.code, fields)
