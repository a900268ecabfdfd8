"""Calls of signatures: inputs of any length, one version an answer, retries."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from vaezoo.serving.client.arguments import input_arrays
from vaezoo.serving.client.batches import Arrays, batches, joined, row_count
from vaezoo.serving.client.request_error import RequestError
from vaezoo.serving.client.retries import with_retries
from vaezoo.serving.client.signatures import ModelMetadata, Signature
from vaezoo.serving.client.transport import ModelVersion, Transport
from vaezoo.serving.version_status import VersionStatus

# Values of a request or an answer: some 4 MB of JSON, of the 16 that a server takes.
_MAX_VALUES = 2**18 + 2**17
_VERSION_CHANGES = 3


class Calls:
    """Calls of one model's signatures.

    Args:
        transport: How requests reach the server.
        model: The model.
        timeout: Seconds for a request and its retries.
        max_rows: Rows a request.
    """

    def __init__(
        self, transport: Transport, model: ModelVersion, timeout: float, max_rows: int
    ) -> None:
        self._transport = transport
        self._model = model
        self._timeout = timeout
        self._max_rows = max_rows
        self._known: ModelMetadata | None = None

    def run(
        self,
        name: str,
        values: Callable[[Signature], Mapping[str, Any]],
        max_rows: int | None = None,
    ) -> Arrays:
        """Runs a signature on rows of any number.

        Args:
            name: The signature's name.
            values: From the signature to its inputs.
            max_rows: Rows a request; by default as the client was told.

        Returns:
            The outputs, of one version of the model also where it took several
            requests.

        Raises:
            ValueError: If there is no such signature, or the inputs do not fit it.
            RequestError: If the server does not answer with outputs.
        """
        changes, rows = 0, min(self._max_rows, max_rows or self._max_rows)
        while True:
            metadata, parts = self._prepared(name, values, rows)
            model = self._model
            if len(parts) > 1:
                model = ModelVersion(model.name, metadata.version)
            signature = metadata.signatures[name]
            try:
                return joined(
                    [self._predict(model, name, signature, part) for part in parts]
                )
            except RequestError as error:
                half = max(map(row_count, parts)) // 2
                if error.too_large and half:
                    rows = half
                    continue
                self._known = None  # a new version may take other inputs
                moved = error.code == "NOT_FOUND" and model != self._model
                changes += 1
                if not moved or changes == _VERSION_CHANGES:
                    raise

    def metadata(self) -> ModelMetadata:
        """Asks for the model's signatures."""
        self._known = self._retrying(
            lambda timeout: self._transport.metadata(self._model, timeout)
        )
        return self._known

    def status(self) -> list[VersionStatus]:
        """Asks for the state of the model's versions."""
        return self._retrying(
            lambda timeout: self._transport.status(self._model, timeout)
        )

    def _prepared(
        self,
        name: str,
        values: Callable[[Signature], Mapping[str, Any]],
        rows: int,
    ) -> tuple[ModelMetadata, list[Arrays]]:
        """The inputs of each request, by what is known of the model or else is asked.

        Several requests take the version that is the server's choice now.
        """
        known = self._known
        if known is not None:
            # If they do not fit, the server may have another version by now.
            with contextlib.suppress(ValueError):
                parts = _parts(known, name, values, rows)
                if len(parts) == 1:
                    return known, parts
        metadata = self.metadata()
        return metadata, _parts(metadata, name, values, rows)

    def _predict(
        self, model: ModelVersion, name: str, signature: Signature, inputs: Arrays
    ) -> Arrays:
        return self._retrying(
            lambda timeout: self._transport.predict(
                model, name, signature, inputs, timeout
            )
        )

    def _retrying(self, send: Callable[[float], Any]) -> Any:
        return with_retries(send, self._timeout)


def _parts(
    metadata: ModelMetadata,
    name: str,
    values: Callable[[Signature], Mapping[str, Any]],
    max_rows: int,
) -> list[Arrays]:
    signature = metadata.signatures.get(name)
    if signature is None:
        raise ValueError(
            f"Expected one of the signatures that {metadata.name!r} has, "
            f"{sorted(metadata.signatures)}. Received: {name!r}"
        )
    inputs = input_arrays(name, signature, values(signature))
    return list(batches(inputs, signature, max_rows, _MAX_VALUES))
