"""The versions of one model, as they come and go."""

import contextlib
import dataclasses
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from vaezoo.serving.server.error_codes import serving_error
from vaezoo.serving.server.servable import Servable
from vaezoo.serving.server.version_policy import VersionPolicy
from vaezoo.serving.serving_error import ServingError
from vaezoo.serving.version_status import VersionStatus
from vaezoo.zoo.catalog import version_numbers

_log = logging.getLogger(__name__)


@dataclasses.dataclass
class _Entry:
    """A version that has been seen."""

    status: VersionStatus
    servable: Servable | None = None
    # What its folder looked like when it could not be loaded.
    failed: object = None


class ModelVersions:
    """Loads the versions of a model's folder, hands them out, and lets go of them.

    A version stays until every request that uses it is finished. A version that cannot
    be loaded leaves those that are served in place; it is tried again when its files
    change. If the folder has none of the wanted versions any more, what is served is
    kept.

    Args:
        name: The model's name.
        folder: The model's folder, with a subfolder for each version.
        policy: Which versions are served.
        labels: Versions by label.
        load: Makes a servable of a version folder.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        policy: VersionPolicy,
        labels: Mapping[str, int] | None = None,
        load: Callable[[Path], Servable] = Servable,
    ) -> None:
        self.name = name
        self.folder = folder
        self.labels = dict(labels or {})
        self._policy = policy
        self._loader = load
        self._entries: dict[int, _Entry] = {}
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()

    def refresh(self) -> None:
        """Loads versions that are new, then lets go of those no longer wanted."""
        with self._refreshing:
            wanted = self._policy.choose(version_numbers(self.folder))
            for version in sorted(wanted):
                if self._is_missing(version):
                    self._load(version)
            available = set(self.available())
            if wanted & available:
                for version in available - wanted:
                    self._unload(version)

    def available(self) -> list[int]:
        """The versions that take requests, ascending."""
        with self._lock:
            return sorted(
                version
                for version, entry in self._entries.items()
                if entry.status.state == "AVAILABLE"
            )

    def status(
        self, version: int | None = None, label: str | None = None
    ) -> list[VersionStatus]:
        """The states of one version or of all, the highest first.

        Args:
            version: Which one.
            label: Or its label.

        Raises:
            ServingError: NOT_FOUND, if there is no such version; INVALID_ARGUMENT, if
                there is no such label.
        """
        if label is not None:
            version = self._labelled(label)
        with self._lock:
            found = [
                entry.status
                for number, entry in sorted(self._entries.items(), reverse=True)
                if version in (None, number)
            ]
        if not found:
            which = "any versions" if version is None else f"version {version}"
            raise ServingError(
                "NOT_FOUND", f"Could not find {which} of model {self.name}"
            )
        return found

    @contextlib.contextmanager
    def lease(
        self, version: int | None = None, label: str | None = None
    ) -> Iterator[Servable]:
        """Hands out a version, which stays while the body runs.

        Args:
            version: Which one; by default the highest.
            label: Or its label.

        Raises:
            ServingError: NOT_FOUND, if it is not available; INVALID_ARGUMENT, if there
                is no such label.
        """
        servable = self._acquire(version, label)
        try:
            yield servable
        finally:
            if servable.release():
                self._set(servable.version, "END")

    def close(self) -> None:
        """Lets go of all versions."""
        with self._refreshing:
            for version in self.available():
                self._unload(version)

    def _acquire(self, version: int | None, label: str | None) -> Servable:
        if label is not None:
            version = self._labelled(label)
        with self._lock:
            ready = {
                number: entry.servable
                for number, entry in self._entries.items()
                if entry.status.state == "AVAILABLE"
            }
            chosen = max(ready, default=None) if version is None else version
            if chosen not in ready:
                raise not_found(self.name, version)
            servable = ready[chosen]
            servable.acquire()
        return servable

    def _labelled(self, label: str) -> int:
        if label not in self.labels:
            known = ", ".join(sorted(self.labels)) or "none"
            raise ServingError(
                "INVALID_ARGUMENT",
                f"Unrecognized servable version label: {label}. Labels of "
                f"{self.name}: {known}",
            )
        return self.labels[label]

    def _is_missing(self, version: int) -> bool:
        with self._lock:
            entry = self._entries.get(version)
        if entry is None:
            return True
        if entry.failed is not None:
            return entry.failed != _fingerprint(self.folder / str(version))
        return entry.status.state == "END"

    def _load(self, version: int) -> None:
        folder = self.folder / str(version)
        fingerprint = _fingerprint(folder)
        with self._lock:
            self._entries[version] = _Entry(VersionStatus(version, "LOADING"))
        try:
            servable = self._loader(folder)
        except Exception as raised:
            error = serving_error(raised)
            status = VersionStatus(version, "END", error.code, error.message)
            entry = _Entry(status, failed=fingerprint)
            _log.error("%s version %d: %s", self.name, version, error.message)
        else:
            entry = _Entry(VersionStatus(version, "AVAILABLE"), servable)
            _log.info("%s version %d is available", self.name, version)
        with self._lock:
            self._entries[version] = entry

    def _unload(self, version: int) -> None:
        with self._lock:
            entry = self._entries[version]
            entry.status = VersionStatus(version, "UNLOADING")
            servable, entry.servable = entry.servable, None
        if servable.retire():
            self._set(version, "END")
        _log.info("%s version %d is no longer served", self.name, version)

    def _set(self, version: int, state: str) -> None:
        with self._lock:
            # It may have been loaded again meanwhile.
            if self._entries[version].status.state == "UNLOADING":
                self._entries[version].status = VersionStatus(version, state)


def not_found(name: str, version: int | None) -> ServingError:
    """The error for a model or version that is not served."""
    asked = f"Latest({name})"
    if version is not None:
        asked = f"Specific({name}, {version})"
    return ServingError("NOT_FOUND", f"Servable not found for request: {asked}")


def _fingerprint(folder: Path) -> object:
    """Changes when a file in the folder does: a copy may still be under way."""
    found = []
    for path in sorted(folder.rglob("*")):
        with contextlib.suppress(OSError):
            stat = path.stat()
            found.append((str(path), stat.st_size, stat.st_mtime_ns))
    return tuple(found)
