"""From a name or a folder to a model that is ready to use."""

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from vaezoo.zoo.card import CARD_FILE, CONFIG_FILE, WEIGHTS_FILE, ModelCard
from vaezoo.zoo.catalog import is_shipped, version_folder
from vaezoo.zoo.files import check_regular, verify_files
from vaezoo.zoo.model_file_error import ModelFileError
from vaezoo.zoo.strict_json import parse_json, read_bounded

if TYPE_CHECKING:
    import keras

_MAX_CONFIG_BYTES = 8 * 2**20


def load(
    name_or_folder: str | os.PathLike[str],
    weights: Literal["pretrained"] | None = "pretrained",
    compile: bool = True,
    version: int | None = None,
) -> "keras.Model":
    """Loads a model: trained, compiled, ready for `fit`, `predict` and `sample`.

    The files are compared with the sha256 of the model's card before one is used: with
    the weights, all files of the folder that the card lists, those of the SavedModel
    among them. Nothing in them is executed: only registered classes are built, and of
    no more weights than the card says.

    Args:
        name_or_folder: A name from `list_models`, or a model's folder.
        weights: "pretrained", or None for the same architecture with fresh weights.
        compile: Whether to compile the model, with its default optimizer.
        version: Which version; by default the highest.

    Returns:
        The model.

    Raises:
        UnknownModelError: If there is no model of that name; it suggests near ones.
        ModelFileError: If a file is missing, damaged, or not what it should be; it
            names the file and the reason.
        ValueError: If `weights` is something else.

    Example:
        >>> model = vaezoo.load("fc_vae_mnist")
        >>> model.sample(16, seed=1).shape
        (16, 28, 28, 1)
    """
    if weights not in ("pretrained", None):
        raise ValueError(
            f"Expected `weights` to be 'pretrained' or None. Received: {weights!r}"
        )
    folder = version_folder(name_or_folder, version)
    card = _verified_card(folder, weights is not None)
    config = _config(folder / CONFIG_FILE, card)
    if not is_shipped(folder):
        _check_count(config, folder / CONFIG_FILE, card)
    if weights is not None:
        _check_weights(folder / WEIGHTS_FILE, card)
    model = _build(config, folder / CONFIG_FILE)
    if weights is not None:
        _load_weights(model, folder / WEIGHTS_FILE, card)
    if compile:
        model.compile()
    return model


def _verified_card(folder: Path, with_weights: bool) -> ModelCard:
    """The card, once every file that will be read is the one that it describes."""
    trusted = is_shipped(folder)
    check_regular(folder, CARD_FILE, trusted)
    card = ModelCard.from_json(folder / CARD_FILE)
    there = [path for path in card.files if os.path.lexists(folder / path)]
    for relative in there:
        check_regular(folder, relative, trusted)
    used = {CONFIG_FILE, WEIGHTS_FILE, *there} if with_weights else {CONFIG_FILE}
    digests = {path: card.files[path] for path in sorted(used)}
    verify_files(folder, digests, trusted, card.size_bytes)
    return card


def _config(path: Path, card: ModelCard) -> dict[str, Any]:
    """The configuration, once it refers to nothing but known classes."""
    config = parse_json(read_bounded(path, _MAX_CONFIG_BYTES), path)
    if not isinstance(config, dict) or config.get("class_name") != card.family:
        raise ModelFileError(
            path, f"expected the configuration of a {card.family}, as the card says"
        )
    from vaezoo import models as models  # Registers the families.
    from vaezoo.zoo.safe_config import check_config

    try:
        check_config(config)
    except ValueError as error:
        raise ModelFileError(path, str(error)) from error
    # How it was trained is no part of the model, and says how to compile it.
    return {key: value for key, value in config.items() if key != "compile_config"}


def _build(config: dict[str, Any], path: Path) -> "keras.Model":
    import keras

    try:
        model = keras.saving.deserialize_keras_object(config, safe_mode=True)
    except Exception as error:  # Constructors of all kinds may raise anything.
        raise _no_model(path, error) from error
    if not isinstance(model, keras.Model):
        raise ModelFileError(
            path, f"expected a keras.Model, received a {type(model).__name__}"
        )
    return model


def _check_count(config: dict[str, Any], path: Path, card: ModelCard) -> None:
    """Checks that the model has as many weights as the card says, before it is made."""
    from vaezoo.zoo.safe_config import registered_objects
    from vaezoo.zoo.weight_count import count_weights

    registered = registered_objects(config)
    try:
        count = count_weights(config, registered)
    except Exception as error:
        # Not every class of one's own can be built without weights; ours can.
        if all(name.startswith("vaezoo>") for name in registered):
            raise _no_model(path, error) from error
        return
    if count != card.parameters:
        raise _other_count(path, count, card)


def _no_model(path: Path, error: Exception) -> ModelFileError:
    return ModelFileError(path, f"no model can be built of it ({_innermost(error)})")


def _other_count(path: Path, count: int, card: ModelCard) -> ModelFileError:
    return ModelFileError(
        path,
        f"expected {card.parameters:,} weights, as the card says; the model has "
        f"{count:,}",
    )


def _check_weights(path: Path, card: ModelCard) -> None:
    """Checks the file, and that it is no smaller than the weights that will be made."""
    from vaezoo.zoo.safe_weights import check_weights

    try:
        check_weights(path, card.parameters)
    except ValueError as error:
        raise ModelFileError(path, str(error)) from error


def _load_weights(model: "keras.Model", path: Path, card: ModelCard) -> None:
    if model.count_params() != card.parameters:
        raise _other_count(path, model.count_params(), card)
    try:
        with warnings.catch_warnings():
            # Keras only warns of layers that the file does not have.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(path)
    except Exception as error:
        reason = f"its arrays are not those of the model ({_innermost(error)})"
        raise ModelFileError(path, reason) from error


def _innermost(error: Exception) -> str:
    """The cause at the heart of Keras's long messages, which quote the whole file."""
    message = str(error).rpartition("Exception encountered: ")[2]
    message = message.partition("Full object config: ")[0].strip()
    return message if len(message) <= 400 else f"{message[:397]}..."
