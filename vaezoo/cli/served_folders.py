"""From what a user names to the folders that are served."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from vaezoo.zoo import list_models, version_folder

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class ServedFolder(NamedTuple):
    """A model that is to be served.

    Args:
        name: The name it is served under.
        folder: Its folder, with a subfolder for each version.
        version: The only version that is served; None for what else is asked for.
    """

    name: str
    folder: Path
    version: int | None = None


def served_folders(named: Sequence[str]) -> list[ServedFolder]:
    """Finds the folders of models.

    Args:
        named: Names of the zoo, `FOLDER`, `FOLDER/VERSION`, or `NAME=FOLDER`; none for
            all models of the zoo.

    Returns:
        What is to be served.

    Raises:
        UnknownModelError: If there is no model of a name.
        ModelFileError: If a folder holds no model.
        ValueError: If two are to be served under one name, or a name has characters
            that an address cannot have.
    """
    found = [_served_folder(text) for text in named or list_models()]
    if not found:
        raise ValueError("Expected the name or the folder of a model. Received: none")
    names = [served.name for served in found]
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(
                "Expected a name of letters, digits, '_', '-' and '.'; use "
                f"NAME=FOLDER. Received: {name!r}"
            )
        if names.count(name) > 1:
            raise ValueError(
                f"Expected different names; use NAME=FOLDER. Received: {name!r} twice"
            )
    return found


def _served_folder(text: str) -> ServedFolder:
    name, equals, path = text.partition("=")
    if not equals:
        name, path = "", text
    folder = _absolute(Path(path).expanduser())
    if path not in list_models() and (folder / "saved_model.pb").is_file():
        if not re.fullmatch("0|[1-9][0-9]*", folder.name):
            raise ValueError(
                "Expected a version folder to be named by a number, such as "
                f"{folder / '1'}. Received: {text!r}"
            )
        base, version = folder.parent, int(folder.name)
    else:
        base, version = _absolute(version_folder(path)).parent, None
    return ServedFolder(name or base.name, base, version)


def _absolute(path: Path) -> Path:
    """Symbolic links stay: they may lead elsewhere tomorrow."""
    return Path(os.path.abspath(path))
