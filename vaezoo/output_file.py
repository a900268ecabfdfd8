"""Output files that appear whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def output_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Gives a hidden file to write in, and moves it to `path` at the end.

    That the folder can be written is found out at the start, by making that file.

    Args:
        path: The file to make or to replace.

    Yields:
        The hidden file, in the same folder and with the same suffix.

    Raises:
        IsADirectoryError: If a folder is in the file's place.
        NotADirectoryError: If its folder does not exist.
        PermissionError: If its folder cannot be written.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        raise IsADirectoryError(f"Expected a file to write. Received: folder '{path}'")
    if not path.parent.is_dir():
        raise NotADirectoryError(
            f"Expected a file in a folder that exists. Received: '{path}'"
        )
    try:
        descriptor, name = tempfile.mkstemp(path.suffix, f".{path.stem}-", path.parent)
    except OSError as error:
        raise type(error)(
            "Expected a file in a folder that can be written. "
            f"Received: '{path}' ({error.strerror})"
        ) from error
    os.close(descriptor)
    hidden = Path(name)
    try:
        yield hidden
        _set_usual_mode(hidden)
        write_through(hidden)
        hidden.replace(path)
    finally:
        hidden.unlink(missing_ok=True)


def write_through(path: Path, contents: bool = True) -> None:
    """Has a file, or a folder with all that is in it, written to the disk itself.

    Before a rename: after a power cut, a file could otherwise have its name and no
    content.

    Args:
        path: A file or a folder.
        contents: Whether what is in a folder is written too.
    """
    for each in [*(path.rglob("*") if contents else ()), path]:
        if each.is_dir() and os.name == "nt":
            continue  # Windows opens no folders.
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _set_usual_mode(path: Path) -> None:
    """The mode of a file that `open` makes; `mkstemp` allows only the owner."""
    umask = os.umask(0)
    os.umask(umask)
    path.chmod(0o666 & ~umask)
