"""The files of a version folder and their digests."""

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from vaezoo.zoo.card import CARD_FILE
from vaezoo.zoo.model_file_error import ModelFileError


def file_digests(folder: str | os.PathLike[str]) -> dict[str, str]:
    """The sha256 of each file of a version folder, but for the card itself.

    Args:
        folder: The version folder.

    Returns:
        The digests by path relative to `folder`, with "/", sorted.

    Raises:
        ModelFileError: If something in it is neither a file nor a folder.
    """
    folder = Path(folder)
    digests = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        if relative == CARD_FILE or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink() or not path.is_file():
            raise ModelFileError(path, "expected only files and folders")
        digests[relative] = sha256(path)
    return digests


def sha256(path: str | os.PathLike[str]) -> str:
    """The sha256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify_files(
    folder: Path,
    digests: Mapping[str, str],
    trust_symlinks: bool = False,
    max_bytes: int | None = None,
) -> None:
    """Compares files of a version folder with their digests.

    Args:
        folder: The version folder.
        digests: sha256 by path relative to `folder`.
        trust_symlinks: Whether a file may be a symbolic link, as some package
            installers make them.
        max_bytes: The size that no file exceeds, if it is known: a larger one is not
            read to the end.

    Raises:
        ModelFileError: If a file is missing, or is not the one of the digest; or if it
            is a symbolic link, which could lead out of the folder.
    """
    for relative, digest in digests.items():
        path = folder / relative
        check_regular(folder, relative, trust_symlinks)
        try:
            if max_bytes is not None and path.stat().st_size > max_bytes:
                raise ModelFileError(
                    path,
                    "it is damaged, or of another model: larger than the card says, "
                    f"more than {max_bytes:,} bytes",
                )
            received = sha256(path)
        except ModelFileError:
            raise
        except OSError as error:
            raise ModelFileError(path, error.strerror or str(error)) from error
        if received != digest:
            raise ModelFileError(
                path,
                "it is damaged, or of another model: expected the sha256 of the "
                f"model's card, {digest[:12]}..., received {received[:12]}...",
            )


def check_regular(folder: Path, relative: str, trust_symlinks: bool = False) -> None:
    """Checks that a path in a version folder leads to a file without symbolic links.

    Args:
        folder: The version folder.
        relative: The path in it, with "/".
        trust_symlinks: Whether symbolic links are fine.

    Raises:
        ModelFileError: If it does not.
    """
    path = folder
    for part in relative.split("/"):
        path = path / part
        try:
            mode = (path.stat() if trust_symlinks else path.lstat()).st_mode
        except OSError as error:
            reason = error.strerror or str(error)
            if isinstance(error, FileNotFoundError):
                reason = "there is no such file"
            raise ModelFileError(path, reason) from error
        if stat.S_ISLNK(mode):
            raise ModelFileError(
                path, "it is a symbolic link; expected the file itself"
            )
    if not stat.S_ISREG(mode):
        raise ModelFileError(path, "it is not a regular file")
