"""What must be true of a model and its card before a file is written."""

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from vaezoo.models import VAE, Autoencoder
from vaezoo.zoo import ModelCard, info, load, version_folder
from vaezoo.zoo.card import CONFIG_FILE, WEIGHTS_FILE
from vaezoo.zoo.saving import MEASURED_FIELDS, installed_versions

# What the export finds out itself.
_MEASURED = MEASURED_FIELDS | {"name", "version"}

# What stays true of the same weights in another folder.
_KEPT_FIELDS = (
    "description",
    "data",
    "training",
    "metrics",
    "published",
    "licence",
    "data_licence",
    "reference",
)


def model_and_card(
    model_or_name: VAE | Autoencoder | str | os.PathLike[str],
) -> tuple[VAE | Autoencoder, dict[str, Any]]:
    """The model, and what to keep of the card of a named one.

    Args:
        model_or_name: A model, or the name or folder of one.

    Returns:
        The model, and the fields of its card that stay true of the same weights in
        another folder; none for a model that was given itself.

    Raises:
        UnknownModelError: If there is no model of that name.
        ModelFileError: If a file of the named model is missing or damaged.
    """
    if not isinstance(model_or_name, (str, os.PathLike)):
        return model_or_name, {}
    folder = version_folder(model_or_name)  # Once: a newer version may come up.
    card = info(folder)
    kept = {field: getattr(card, field) for field in _KEPT_FIELDS}
    return load(folder, compile=False), kept


def check_model(model: VAE | Autoencoder) -> None:
    """Checks what can be known of a model without rebuilding it.

    Args:
        model: The model.

    Raises:
        TypeError: If `model` is neither a `vaezoo.VAE` nor a `vaezoo.Autoencoder`.
        ValueError: If it is not built, or has weights that are not finite.
    """
    if not isinstance(model, (VAE, Autoencoder)):
        raise TypeError(
            "Expected a vaezoo.VAE or vaezoo.Autoencoder; wrap your own networks with "
            f"`vaezoo.VAE(encoder, decoder)`. Received: {type(model).__name__}"
        )
    if not model.built or not model.weights:
        raise ValueError(
            f"Expected a built model. Received: {model.name!r} without weights"
        )
    for weight in model.weights:
        if not np.isfinite(keras.ops.convert_to_numpy(weight)).all():
            raise ValueError(
                "Expected finite weights. Received: NaN or infinite values in "
                f"{weight.path!r}"
            )


def check_card_fields(
    model: VAE | Autoencoder, name: str, fields: Mapping[str, Any]
) -> dict[str, Any]:
    """Checks that a card can be made of the fields that a caller gives.

    Args:
        model: The model.
        name: Its name.
        fields: The fields.

    Returns:
        The fields.

    Raises:
        ValueError: If a field is unknown, is measured by the export, or is not what
            `ModelCard` says.
    """
    known = {field.name for field in dataclasses.fields(ModelCard)} - _MEASURED
    if unknown := sorted(set(fields) - known):
        raise ValueError(
            f"Expected card fields among {sorted(known)}. Received: {unknown}"
        )
    draft = {
        "description": "",
        "metrics": (),
        **dict.fromkeys(
            ("data", "training", "published", "licence", "data_licence", "reference")
        ),
        **fields,
    }
    try:
        ModelCard(
            name=name,
            version=1,
            family=type(model).__name__,
            architecture={},
            parameters=model.count_params(),
            size_bytes=0,
            versions=installed_versions(),
            files=dict.fromkeys((CONFIG_FILE, WEIGHTS_FILE), "0" * 64),
            **draft,
        ).to_json()
    except (TypeError, ValueError) as error:
        raise ValueError(
            "Expected a folder name and card fields that make a valid "
            f"`vaezoo.zoo.ModelCard`. Received: {error}"
        ) from error
    return dict(fields)
