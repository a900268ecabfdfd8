"""What `load` reads, written."""

import dataclasses
import json
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaezoo.zoo.card import CARD_FILE, CONFIG_FILE, WEIGHTS_FILE, ModelCard, Versions
from vaezoo.zoo.files import file_digests
from vaezoo.zoo.strict_json import build_dataclass

if TYPE_CHECKING:
    import keras

MEASURED_FIELDS = frozenset(
    {"family", "architecture", "parameters", "size_bytes", "versions", "files"}
)
_EMPTY = {
    "description": "",
    "data": None,
    "training": None,
    "metrics": [],
    "published": None,
    "licence": None,
    "data_licence": None,
    "reference": None,
}


def rebuilt(model: "keras.Model") -> "keras.Model":
    """The model, built again of its configuration as `load` will build it.

    Args:
        model: The model.

    Returns:
        A copy with the weights and nothing else: no optimizer, no state of training.

    Raises:
        ValueError: If `load` would refuse the configuration, because it holds a lambda
            or a class that is not registered, or if no model can be built of it.
    """
    import keras

    try:
        config = json.loads(_config_text(model))
        copy = keras.saving.deserialize_keras_object(config, safe_mode=True)
        copy.set_weights(model.get_weights())
    except (TypeError, ValueError) as error:
        raise ValueError(
            "Expected a model that can be rebuilt from its configuration. "
            f"Received: {model.name!r}; {error}"
        ) from error
    return copy


def save_model_files(model: "keras.Model", folder: str | os.PathLike[str]) -> None:
    """Writes `config.json` and `model.weights.h5` into a version folder.

    Args:
        model: The model.
        folder: The version folder, usually from `atomic_version_folder`.

    Raises:
        ValueError: As `rebuilt`.
    """
    from vaezoo.zoo.compact_hdf5 import compact_hdf5

    # A copy: the file of a model that was trained would hold its optimizer too.
    copy = rebuilt(model)
    config_path = Path(folder) / CONFIG_FILE
    config_path.parent.mkdir(parents=True, exist_ok=True)
    config_path.write_text(_config_text(copy), encoding="utf-8")
    weights_path = Path(folder) / WEIGHTS_FILE
    copy.save_weights(weights_path)
    compact_hdf5(weights_path)


def _config_text(model: "keras.Model") -> str:
    """The configuration as JSON, checked as the text that `load` will read."""
    import keras

    from vaezoo.zoo.safe_config import check_config

    config = keras.saving.serialize_keras_object(model)
    config.pop("compile_config", None)  # The optimizer is not part of the model.
    text = json.dumps(config, indent=2, allow_nan=False) + "\n"
    check_config(json.loads(text))
    return text


def write_card(
    model: "keras.Model",
    folder: str | os.PathLike[str],
    *,
    name: str,
    version: int,
    **fields: Any,
) -> ModelCard:
    """Writes `card.json`, the last file of a version folder.

    What can be measured here is: the family, the architecture, the numbers of weights
    and bytes, the versions of the software, and the digests of the files.

    Args:
        model: The model whose files the folder holds.
        folder: The version folder, complete but for the card.
        name: The model's name.
        version: The version's number.
        **fields: The other fields of `ModelCard`, as dataclasses or as JSON:
            `description`, `data`, `training`, `metrics`, `published`, `licence`,
            `data_licence` and `reference`. Those that are not given are empty.

    Returns:
        The card.

    Raises:
        TypeError: If a field cannot be written as JSON.
        ValueError: If a field is unknown, or not what `ModelCard` says.
    """
    folder = Path(folder)
    if measured := MEASURED_FIELDS & fields.keys():
        raise ValueError(
            "Expected only fields that cannot be measured. "
            f"Received: {', '.join(sorted(measured))}"
        )
    files = file_digests(folder)
    values = {
        "name": name,
        "version": version,
        "family": type(model).__name__,
        "architecture": model.get_config(),
        "parameters": model.count_params(),
        "size_bytes": sum((folder / path).stat().st_size for path in files),
        "versions": installed_versions(),
        "files": files,
    }
    text = json.dumps(
        {**_EMPTY, **fields, **values}, default=dataclasses.asdict, allow_nan=False
    )
    try:
        card = build_dataclass(ModelCard, json.loads(text))
    except ValueError as error:
        raise ValueError(
            f"Expected the fields of a model card. Received: {error}"
        ) from error
    card.to_json(folder / CARD_FILE)
    return card


def installed_versions() -> Versions:
    """The versions of Python and of the installed packages that make a model."""
    import importlib.metadata

    def version(package: str) -> str:
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            return "unknown"

    packages = ("tensorflow", "keras", "tensorflow_probability", "numpy", "vaezoo")
    found = {package: version(package) for package in packages}
    return Versions(python=platform.python_version(), **found)
