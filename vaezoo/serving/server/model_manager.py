"""The models of a server, by name."""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from tensorflow.core.protobuf import meta_graph_pb2

from vaezoo.serving.server.batcher import Batcher
from vaezoo.serving.server.batching_options import BatchingOptions
from vaezoo.serving.server.metrics import ServerMetrics
from vaezoo.serving.server.model_versions import ModelVersions, not_found
from vaezoo.serving.server.polling import Polling
from vaezoo.serving.server.request_gate import RequestGate
from vaezoo.serving.server.servable import Servable
from vaezoo.serving.server.server_limits import ServerLimits
from vaezoo.serving.server.version_policy import VersionPolicy
from vaezoo.serving.serving_error import ServingError
from vaezoo.serving.tensor_description import TensorDescription
from vaezoo.serving.tensor_json import DEFAULT_SIGNATURE
from vaezoo.serving.version_status import VersionStatus


class ModelManager:
    """Loads models, follows their folders, and runs their signatures.

    It may be called from many threads. All models are loaded when the constructor
    returns; one that cannot be loaded is reported by `status`, and the others are
    served. Use it as a context manager, or `close` it.

    Args:
        models: The folder of each model, with a subfolder for each version.
        versions: Which versions are served: "latest", "all" or a number; or that by
            model, "latest" for those left out.
        labels: Versions by label, by model; they are served besides.
        limits: What clients are allowed.
        batching: Puts requests of several clients together; None for not.
        poll_seconds: How often folders are looked at for new versions; None for never.

    Raises:
        ValueError: If `versions` is none of these, or labels are of no model.

    Example:
        >>> with ModelManager({"digits": "saved_models/fc_vae_mnist"}) as manager:
        ...     outputs, version = manager.predict(
        ...         "digits", {"seed": np.array([1])}, signature="sample"
        ...     )
        >>> outputs["image"].shape
        (1, 28, 28, 1)
    """

    def __init__(
        self,
        models: Mapping[str, str | os.PathLike[str]],
        *,
        versions: str | Mapping[str, str] = "latest",
        labels: Mapping[str, Mapping[str, int]] | None = None,
        limits: ServerLimits | None = None,
        batching: BatchingOptions | None = None,
        poll_seconds: float | None = 1.0,
    ) -> None:
        labels = labels or {}
        if unknown := sorted(labels.keys() - models.keys()):
            raise ValueError(
                f"Expected labels of {', '.join(models)}. Received: {unknown[0]!r}"
            )
        self.limits = limits or ServerLimits()
        self.metrics = ServerMetrics(tuple(models))
        self.gate = RequestGate(self.limits.max_running, self.limits.max_waiting)
        self._batching = batching
        wanted = versions
        if isinstance(versions, str):
            wanted = dict.fromkeys(models, versions)
        self._models = {
            name: ModelVersions(
                name,
                Path(folder),
                VersionPolicy(
                    wanted.get(name, "latest"), labels.get(name, {}).values()
                ),
                labels.get(name),
                load=self._load,
            )
            for name, folder in models.items()
        }
        self.refresh()
        self._polling = None
        if poll_seconds is not None:
            self._polling = Polling(self.refresh, poll_seconds)

    def names(self) -> list[str]:
        """The models' names."""
        return list(self._models)

    def available(self, name: str) -> list[int]:
        """The versions of a model that take requests, ascending."""
        return self._model(name).available()

    def labels(self, name: str) -> dict[str, int]:
        """The labels of a model's versions."""
        return dict(self._model(name).labels)

    def predict(
        self,
        name: str,
        inputs: Mapping[str, np.ndarray],
        *,
        signature: str = DEFAULT_SIGNATURE,
        version: int | None = None,
        label: str | None = None,
        timeout: float | None = None,
    ) -> tuple[dict[str, np.ndarray], int]:
        """Runs a signature.

        Args:
            name: The model.
            inputs: The inputs by name, each with a leading batch axis.
            signature: Its name; "" is the default one.
            version: Which version; by default the highest.
            label: Or its label.
            timeout: Seconds; at most the server's own limit.

        Returns:
            The outputs by name, and the version that gave them.

        Raises:
            ServingError: With a code of gRPC; INVALID_ARGUMENT for inputs that do not
                fit the signature.
        """
        limit = self.limits.timeout
        deadline = time.monotonic() + min(limit if timeout is None else timeout, limit)
        with self.lease(name, version, label) as servable:
            return self.run(servable, signature, inputs, deadline), servable.version

    def run(
        self,
        servable: Servable,
        signature: str,
        inputs: Mapping[str, np.ndarray],
        deadline: float,
    ) -> dict[str, np.ndarray]:
        """Does what `predict` does, with a version that is on lease.

        Args:
            servable: The version.
            signature: The signature's name; "" is the default one.
            inputs: The inputs by name.
            deadline: When to give up, in `time.monotonic()` seconds.
        """
        signature = signature or DEFAULT_SIGNATURE
        arrays = servable.prepare(signature, inputs, self.limits.max_rows)
        if servable.batcher is not None:
            return servable.batcher.predict(signature, arrays, deadline)
        with self.gate.admitted(deadline):
            left = max(0.001, deadline - time.monotonic())
            return servable.run(signature, arrays, left)

    @contextlib.contextmanager
    def lease(
        self, name: str, version: int | None = None, label: str | None = None
    ) -> Iterator[Servable]:
        """Hands out a version, which stays loaded while the body runs.

        Raises:
            ServingError: NOT_FOUND, if there is no such model or version;
                INVALID_ARGUMENT, if there is no such label.
        """
        model = self._models.get(name)
        if model is None:
            raise not_found(name, version)
        with model.lease(version, label) as servable:
            yield servable

    def status(
        self, name: str, version: int | None = None, label: str | None = None
    ) -> list[VersionStatus]:
        """The states of a model's versions, the highest first.

        Raises:
            ServingError: NOT_FOUND, if there is no such model or version;
                INVALID_ARGUMENT, if there is no such label.
        """
        return self._model(name).status(version, label)

    def metadata(
        self, name: str, version: int | None = None, label: str | None = None
    ) -> tuple[int, dict[str, meta_graph_pb2.SignatureDef]]:
        """A version and its signatures; raises what `lease` raises."""
        with self.lease(name, version, label) as servable:
            return servable.version, servable.signature_defs

    def inputs(
        self,
        name: str,
        signature: str = DEFAULT_SIGNATURE,
        version: int | None = None,
        label: str | None = None,
    ) -> list[TensorDescription]:
        """The inputs of a signature; raises what `lease` and `predict` raise."""
        with self.lease(name, version, label) as servable:
            return servable.inputs(signature or DEFAULT_SIGNATURE)

    def folder(
        self, name: str, version: int | None = None, label: str | None = None
    ) -> Path:
        """The folder of a version; raises what `lease` raises."""
        with self.lease(name, version, label) as servable:
            return servable.folder

    def refresh(self) -> None:
        """Looks for new versions now, and loads them before it returns."""
        for model in self._models.values():
            model.refresh()

    def close(self) -> None:
        """Stops following the folders and frees all models."""
        if self._polling is not None:
            self._polling.stop()
        for model in self._models.values():
            model.close()

    def __enter__(self) -> "ModelManager":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _model(self, name: str) -> ModelVersions:
        if name not in self._models:
            raise ServingError(
                "NOT_FOUND", f"Could not find any versions of model {name}"
            )
        return self._models[name]

    def _load(self, folder: Path) -> Servable:
        servable = Servable(folder)
        if self._batching is not None:
            servable.batcher = Batcher(
                servable.run, self._batching, self.gate, self.metrics.observe_batch
            )
        return servable
