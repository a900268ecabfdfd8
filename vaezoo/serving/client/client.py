"""A model behind a server."""

import urllib.parse
from collections.abc import Mapping
from typing import Any

from vaezoo.integers import check_count
from vaezoo.serving.client.batches import Arrays
from vaezoo.serving.client.calls import Calls
from vaezoo.serving.client.png import PngVerbs
from vaezoo.serving.client.rest import RestTransport
from vaezoo.serving.client.signatures import ModelMetadata
from vaezoo.serving.client.transport import ModelVersion, Transport
from vaezoo.serving.client.verbs import Verbs
from vaezoo.serving.version_status import VersionStatus


class Client(Verbs, PngVerbs):
    """A model behind `vaezoo serve` or TensorFlow Serving.

    The verbs take what the model's own take and give what they give, as arrays. Rows of
    any number are sent in several requests of bounded size; all of one call are
    answered by one version of the model. What a busy server refuses is sent again, at
    growing intervals, within the timeout. A client may be used from several threads;
    REST needs no TensorFlow, gRPC needs the extra [serving].

    Args:
        url: "http://host:8501" or "https://host" for REST, "grpc://host:8500" for gRPC.
        model: The model's name in the server.
        version: Its version. Default: the newest one that the server has.
        label: A label that the server has for a version, such as "stable", in the place
            of a version.
        timeout: Seconds that a request may take, with its retries.
        max_rows: Rows a request, at most.

    Raises:
        ValueError: If an argument is not as described.
        ImportError: If gRPC is asked for and the extra is not installed.

    Example:
        >>> from vaezoo.serving.server import ModelManager, RestServer
        >>> with (
        ...     ModelManager({"digits": "saved_models/fc_vae_mnist"}) as manager,
        ...     RestServer(manager, port=0) as server,
        ...     Client(server.url, "digits") as client,
        ... ):
        ...     images = client.sample(16, seed=1)  # as model.sample(16, seed=1)
        ...     z = client.encode(images).z_mean
        >>> images.shape
        (16, 28, 28, 1)
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        version: int | None = None,
        label: str | None = None,
        timeout: float = 60.0,
        max_rows: int = 128,
    ) -> None:
        if not model or not isinstance(model, str):
            raise ValueError(f"Expected a model's name. Received: model={model!r}")
        if version is not None:
            version = check_count("version", version, least=0)
        if version is not None and label is not None:
            raise ValueError(
                "Expected a version or a label. "
                f"Received: version={version!r}, label={label!r}"
            )
        if not 0 < timeout < float("inf"):
            raise ValueError(
                f"Expected seconds above zero. Received: timeout={timeout!r}"
            )
        max_rows = check_count("max_rows", max_rows, least=1)
        self.url, self.model = url, model
        self._transport = _transport(url)
        chosen = ModelVersion(model, version, label)
        self._calls = Calls(self._transport, chosen, float(timeout), max_rows)

    def predict(
        self, inputs: Mapping[str, Any], signature: str = "serving_default"
    ) -> Arrays:
        """Runs any signature.

        Args:
            inputs: A value for each of its inputs, with a leading batch axis.
            signature: Its name.

        Returns:
            Its outputs by name, each with a leading batch axis.

        Raises:
            ValueError: If there is no such signature, or the inputs do not fit it.
            RequestError: If the server does not answer with outputs.
        """
        return self._calls.run(signature, lambda _: inputs)

    def metadata(self) -> ModelMetadata:
        """The version that answers, and its signatures, as the server says now."""
        return self._calls.metadata()

    def status(self) -> list[VersionStatus]:
        """The model's versions and their states, the highest first."""
        return self._calls.status()

    def close(self) -> None:
        """Closes the connections."""
        self._transport.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.url!r}, {self.model!r})"


def _transport(url: str) -> Transport:
    """The protocol that an address asks for."""
    parts = urllib.parse.urlsplit(url)
    try:
        parts.port  # noqa: B018 - a property that checks
        usable = parts.scheme in ("http", "https", "grpc") and parts.hostname
    except ValueError:
        usable = False
    extra = parts.username or parts.query or parts.fragment
    if not usable or extra or (parts.scheme == "grpc" and parts.path.strip("/")):
        raise ValueError(
            "Expected an address such as 'http://localhost:8501' for REST or "
            f"'grpc://localhost:8500' for gRPC. Received: url={url!r}"
        )
    if parts.scheme != "grpc":
        return RestTransport(parts)
    from vaezoo.serving.client.grpc_transport import GrpcTransport

    if parts.port is None:
        parts = parts._replace(netloc=f"{parts.netloc.rstrip(':')}:8500")
    return GrpcTransport(parts)
