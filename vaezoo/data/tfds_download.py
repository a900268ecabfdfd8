"""Downloading a data set with TensorFlow Datasets, or failing soon and cleanly."""

from __future__ import annotations

import contextlib
import io
import logging
import pathlib
import ssl
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from typing import Any

from vaezoo.data.unavailable import DatasetUnavailableError

PROBE_SECONDS = 10.0


def prepare(builder: Any, tried: tuple[str, ...]) -> None:
    """Downloads and prepares a data set in its data directory.

    The servers are asked first, because TensorFlow Datasets itself repeats a failing
    download for more than three minutes. The archives go to a folder that is removed
    afterwards, whether the download succeeds or not.

    Args:
        builder: A `tfds.core.DatasetBuilder` that is not prepared.
        tried: What has been tried before, for the error message.

    Raises:
        DatasetUnavailableError: If that fails for any reason.
    """
    urls = list(builder.url_infos or ())
    tried = (*tried, f"a download from {_hosts(urls)}")
    failure = _unreachable(urls)
    if failure is not None:
        raise DatasetUnavailableError(builder.name, tried, failure) from failure
    try:
        _download(builder)
    except Exception as error:
        raise DatasetUnavailableError(builder.name, tried, error) from error


def _download(builder: Any) -> None:
    import tensorflow_datasets as tfds

    root = pathlib.Path(builder.data_dir_root).expanduser()
    root.mkdir(parents=True, exist_ok=True)
    with (
        _removed_if_empty(root / builder.name),
        tempfile.TemporaryDirectory(prefix=".download-", dir=root) as archives,
        quiet(),
    ):
        builder.download_and_prepare(
            download_dir=archives,
            download_config=tfds.download.DownloadConfig(
                manual_dir=root / "downloads" / "manual"
            ),
        )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silences the chatter of TensorFlow Datasets, but not its progress bars."""
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        # Its messages go to the standard output, its progress bars to the error output.
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def _removed_if_empty(folder: pathlib.Path) -> Iterator[None]:
    try:
        yield
    finally:
        for path in (*folder.glob("*/"), folder):
            with contextlib.suppress(OSError):
                path.rmdir()


def _hosts(urls: Iterable[str]) -> str:
    hosts = dict.fromkeys(urllib.parse.urlsplit(url).netloc for url in urls)
    return ", ".join(hosts) or "its source"


def _unreachable(urls: Iterable[str]) -> Exception | None:
    """Returns why no server answers, or `None` if one does (with whatever answer)."""
    one_a_host = {urllib.parse.urlsplit(url).netloc: url for url in urls}
    failure = None
    for url in one_a_host.values():
        if not url.startswith(("http://", "https://")):
            return None
        failure = _probe(url)
        if failure is None:
            return None
    return failure


def _probe(url: str) -> Exception | None:
    request = urllib.request.Request(url, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=PROBE_SECONDS):
            return None
    except urllib.error.HTTPError as error:
        error.close()
        return None
    except (OSError, ValueError) as error:
        # A server whose certificate is not accepted here has been reached.
        if isinstance(getattr(error, "reason", error), ssl.SSLError):
            return None
        return error
