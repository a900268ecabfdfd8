"""Version folders that appear whole or not at all."""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from vaezoo.output_file import write_through
from vaezoo.zoo.catalog import version_numbers

_ATTEMPTS = 10


def next_version(model_dir: str | os.PathLike[str]) -> int:
    """The highest version in a model's folder plus one; 1 for a new folder."""
    return max(version_numbers(Path(model_dir)), default=0) + 1


def check_version(model_dir: str | os.PathLike[str], version: int | None = None) -> int:
    """The number of a version that can be written.

    Args:
        model_dir: The model's folder; it need not exist.
        version: The version; by default the next one.

    Returns:
        The version.

    Raises:
        ValueError: If `version` is not a positive integer.
        FileExistsError: If the version is there.
    """
    model_dir = Path(model_dir)
    version = next_version(model_dir) if version is None else version
    if type(version) is not int or version < 1:
        raise ValueError(
            f"Expected `version` to be a positive integer. Received: {version!r}"
        )
    _check_free(model_dir / str(version))
    return version


@contextlib.contextmanager
def atomic_version_folder(
    model_dir: str | os.PathLike[str],
    version: int | None = None,
    seal: Callable[[Path, int], None] | None = None,
) -> Iterator[Path]:
    """Gives a hidden folder to write in, and makes it `model_dir/VERSION` at the end.

    A server that watches `model_dir` sees the version only when it is complete, and on
    the disk. If the body raises, nothing is left behind.

    Args:
        model_dir: The model's folder, `.../NAME`; made if it is not there.
        version: The version; by default the next one.
        seal: Writes what depends on the version into the folder, at the end. With it,
            and without `version`, who loses a race for a number takes the next one.

    Yields:
        The hidden folder, `model_dir/.NAME-VERSION-RANDOM`.

    Raises:
        ValueError: If `version` is not a positive integer.
        FileExistsError: If the version is there, before or after the body.
        PermissionError: If the folder cannot be written, before the body.
        NotADirectoryError: If a file is in the folder's place.
    """
    model_dir = Path(model_dir).expanduser()
    number = check_version(model_dir, version)
    name = f".{model_dir.resolve().name}-{number}-{secrets.token_hex(4)}"
    hidden = model_dir / name
    created: list[Path] = []
    try:
        _make_hidden(hidden, created)
        yield hidden
        may_move_on = seal is not None and version is None
        while True:
            if seal is not None:
                seal(hidden, number)
            write_through(hidden)
            try:
                _rename_to_new(hidden, model_dir / str(number))
                break
            except FileExistsError:
                if not may_move_on:
                    raise
                number = next_version(model_dir)  # Another export was faster.
        write_through(model_dir, contents=False)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
        for folder in reversed(created):
            with contextlib.suppress(OSError):  # It is not empty: all went well.
                folder.rmdir()


def check_writable(folder: str | os.PathLike[str]) -> None:
    """Checks that a folder can be written, or made, without touching anything.

    Args:
        folder: The folder; it need not exist.

    Raises:
        PermissionError: If it is not writable.
        NotADirectoryError: If a file is in its place.
    """
    existing = Path(folder).expanduser().absolute()
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        raise NotADirectoryError(f"Expected a folder. Received: the file '{existing}'")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise PermissionError(_not_writable(existing))


def _make_hidden(hidden: Path, created: list[Path]) -> None:
    """Makes a folder and its parents; notes those that were not there before."""
    check_writable(hidden.parent)
    for attempt in range(_ATTEMPTS):
        try:
            for path in [*reversed(hidden.parents), hidden]:
                if not path.exists():
                    _make_folder(path, exist_ok=path != hidden)
                    if path != hidden and path not in created:
                        created.append(path)
            return
        except FileNotFoundError:
            # An export that failed has just taken its own empty folders away.
            if attempt == _ATTEMPTS - 1:
                raise


def _rename_to_new(hidden: Path, target: Path) -> None:
    _check_free(target)  # A rename would replace an empty folder.
    try:
        hidden.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            _check_free(target)
        raise


def _make_folder(folder: Path, exist_ok: bool = False) -> None:
    try:
        folder.mkdir(exist_ok=exist_ok)
    except OSError as error:
        # The same type: PermissionError, read-only file system, ...
        text = f"{_not_writable(folder.parent)} ({error.strerror})"
        raise type(error)(text) from error


def _check_free(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise FileExistsError(
            "Expected a version that is not there yet: versions are never overwritten. "
            f"Received: '{target}'"
        )


def _not_writable(folder: Path) -> str:
    return f"Expected a folder that can be written. Received: '{folder}'"
