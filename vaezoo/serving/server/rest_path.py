"""The addresses of TensorFlow Serving's REST interface."""

import re
import urllib.parse
from typing import NamedTuple

from vaezoo.serving.serving_error import ServingError

# Those of TensorFlow Serving's http_rest_api_util.cc; `card` is ours.
_MODEL = r"/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?"
_POST = re.compile(_MODEL + ":(classify|regress|predict)", re.IGNORECASE | re.ASCII)
_GET = re.compile(_MODEL + "(?:/(metadata|card))?", re.IGNORECASE | re.ASCII)


class ModelPath(NamedTuple):
    """What an address asks for.

    Args:
        model: The model's name.
        version: Which version, or None.
        label: Or its label, or None.
        method: "predict", "classify", "regress", "status", "metadata" or "card".
    """

    model: str
    version: int | None
    label: str | None
    method: str


def parse_model_path(http_method: str, path: str) -> ModelPath:
    """Reads an address below /v1.

    Args:
        http_method: "GET", "HEAD" or "POST".
        path: Without the query.

    Returns:
        What it asks for.

    Raises:
        ServingError: INVALID_ARGUMENT, if it is not an address of that method.
    """
    pattern = _POST if http_method == "POST" else _GET
    match = pattern.fullmatch(path)
    if match is None or http_method not in ("GET", "HEAD", "POST"):
        raise ServingError(
            "INVALID_ARGUMENT", f"Malformed request: {http_method} {path[:200]}"
        )
    model, digits, label, method = match.groups()
    version = None
    if digits is not None:
        version = int(digits[:30])
        if version >= 2**63:
            raise ServingError(
                "INVALID_ARGUMENT",
                f"Failed to convert version: {digits[:30]} to numeric.",
            )
    if label is not None:
        label = urllib.parse.unquote(label)
    return ModelPath(
        urllib.parse.unquote(model), version, label, (method or "status").lower()
    )
