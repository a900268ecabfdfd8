"""Which models there are, and where."""

import fnmatch
import os
import re
from pathlib import Path

from vaezoo.zoo.card import CARD_FILE, ModelCard
from vaezoo.zoo.files import check_regular
from vaezoo.zoo.model_file_error import ModelFileError
from vaezoo.zoo.unknown_model_error import UnknownModelError

_PACKAGE = Path(__file__).parent.parent


def shipped_folder(name: str) -> Path:
    """A top-level folder of the repository: in the installed package or a checkout.

    Args:
        name: Such as "saved_models".

    Returns:
        The folder; it need not exist.
    """
    checkout = _PACKAGE.parent
    inside = _PACKAGE / name
    if not inside.is_dir() and (checkout / "pyproject.toml").is_file():
        return checkout / name
    return inside


def models_root() -> Path:
    """The folder of the models that come with vaezoo."""
    return shipped_folder("saved_models")


def list_models(pattern: str = "*") -> list[str]:
    """The names of the models that come with vaezoo.

    Args:
        pattern: Shell-style wildcards, as in `fnmatch`.

    Returns:
        The matching names in natural order ("iwae_k5" before "iwae_k50").

    Example:
        >>> vaezoo.list_models("fc_vae_mnist*")
        ['fc_vae_mnist', 'fc_vae_mnist_2d']
    """
    try:
        folders = [f for f in models_root().iterdir() if not f.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []
    names = [folder.name for folder in folders if version_numbers(folder)]
    return sorted(
        (name for name in names if fnmatch.fnmatchcase(name, pattern)), key=_natural_key
    )


def info(
    name_or_folder: str | os.PathLike[str], version: int | None = None
) -> ModelCard:
    """The card of a model: what it is, how it was made, and how good it is.

    Args:
        name_or_folder: A name from `list_models`, or a model's folder.
        version: Which version; by default the highest.

    Returns:
        The card; `print` shows it as a table.

    Raises:
        UnknownModelError: If there is no model of that name.
        ModelFileError: If the folder is not a model's, or its card is damaged.
    """
    folder = version_folder(name_or_folder, version)
    check_regular(folder, CARD_FILE, is_shipped(folder))
    return ModelCard.from_json(folder / CARD_FILE)


def version_folder(
    name_or_folder: str | os.PathLike[str], version: int | None = None
) -> Path:
    """The version folder of a name, of a model's folder, or of a version folder.

    A string is a name if a model that comes with vaezoo has it, and else a path.

    Args:
        name_or_folder: A name, `.../NAME` or `.../NAME/VERSION`.
        version: Which version; by default the highest.

    Returns:
        The folder that holds `saved_model.pb` and `assets.extra`.

    Raises:
        TypeError: If the name is neither a string nor a path.
        UnknownModelError: If it is neither a model's name nor an existing path.
        ModelFileError: If the folder holds no model, or not that version.
    """
    if not isinstance(name_or_folder, (str, os.PathLike)):
        raise TypeError(
            "Expected the name of a model or the path of a model folder. "
            f"Received: {name_or_folder!r}"
        )
    text = os.fspath(name_or_folder)
    if isinstance(name_or_folder, str) and text in list_models():
        return _version_of(models_root() / text, version)
    try:
        folder = Path(text).expanduser()
        exists = bool(text) and folder.exists()
    except (OSError, RuntimeError, ValueError) as error:
        # A name that is too long, of no user, or none that a file can have.
        reason = getattr(error, "strerror", None) or str(error)
        raise ModelFileError(text, reason) from error
    if not exists:
        if isinstance(name_or_folder, str) and not _looks_like_path(text):
            raise UnknownModelError(text, list_models())
        raise ModelFileError(text, "there is no such folder")
    if (folder / "assets.extra").is_dir():
        if version is not None and folder.resolve().name != str(version):
            raise ModelFileError(folder, f"it is not version {version}")
        return folder
    return _version_of(folder, version)


def version_numbers(folder: Path) -> list[int]:
    """The versions in a model's folder, ascending; other names are ignored."""
    try:
        names = [entry.name for entry in folder.iterdir() if entry.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(int(name) for name in names if re.fullmatch("0|[1-9][0-9]*", name))


def is_shipped(folder: Path) -> bool:
    """Whether a folder is one of the models that come with vaezoo."""
    return folder.is_relative_to(models_root()) and ".." not in folder.parts


def _version_of(folder: Path, version: int | None) -> Path:
    if not folder.is_dir():
        raise ModelFileError(folder, "it is a file; expected a model's folder")
    try:
        versions = version_numbers(folder)
    except OSError as error:
        raise ModelFileError(folder, error.strerror or str(error)) from error
    if not versions:
        raise ModelFileError(
            folder,
            "it is not a model's folder: expected NAME, with a subfolder for each "
            "version (1, 2, ...), or NAME/VERSION, with a subfolder assets.extra",
        )
    if version is None:
        version = versions[-1]
    if version not in versions:
        there = ", ".join(map(str, versions))
        raise ModelFileError(folder, f"it has no version {version}, but {there}")
    return folder / str(version)


def _looks_like_path(text: str) -> bool:
    separators = {"/", os.sep, os.altsep} - {None}
    return text.startswith((".", "~")) or any(s in text for s in separators)


def _natural_key(name: str) -> list[tuple[int, int | str]]:
    parts = re.split("([0-9]+)", name)
    return [(0, int(part)) if part.isdigit() else (1, part) for part in parts]
