"""How requests reach a server."""

import abc
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from vaezoo.serving.client.signatures import ModelMetadata, Signature
from vaezoo.serving.version_status import VersionStatus


class ModelVersion(NamedTuple):
    """Which model a request is for.

    Attributes:
        name: The model's name.
        version: Its version; None for the one that the label, or the server, chooses.
        label: A label that the server has for a version, such as "stable".
    """

    name: str
    version: int | None = None
    label: str | None = None


class Transport(abc.ABC):
    """A protocol; it may be used from several threads."""

    @abc.abstractmethod
    def predict(
        self,
        model: ModelVersion,
        name: str,
        signature: Signature,
        inputs: Mapping[str, np.ndarray],
        timeout: float,
    ) -> dict[str, np.ndarray]:
        """Runs a signature.

        Args:
            model: The model.
            name: The signature's name.
            signature: The signature.
            inputs: A value for each of its inputs.
            timeout: Seconds.

        Returns:
            Its outputs.

        Raises:
            RequestError: If the server does not answer with them.
        """

    @abc.abstractmethod
    def metadata(self, model: ModelVersion, timeout: float) -> ModelMetadata:
        """The model's signatures.

        Raises:
            RequestError: If the server does not answer with them.
        """

    @abc.abstractmethod
    def status(self, model: ModelVersion, timeout: float) -> list[VersionStatus]:
        """The model's versions, the highest first.

        Raises:
            RequestError: If the server does not answer with them.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Closes all connections."""
