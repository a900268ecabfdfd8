"""The models that are compared, each with a label of its own."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vaezoo.models.encoder_decoder import EncoderDecoder
from vaezoo.zoo import ModelCard, info, load, version_folder


@dataclasses.dataclass(frozen=True, eq=False)
class Subject:
    """One model of a comparison.

    Args:
        label: What it is called, another name for each.
        model: The model.
        source: Where it comes from, in words.
        card: Its card; None for a model in memory.
    """

    label: str
    model: EncoderDecoder
    source: str
    card: ModelCard | None = None

    @property
    def family(self) -> str:
        """Class name of the model."""
        return type(self.model).__name__


def subjects(models: Sequence[Any] | Mapping[str, Any]) -> list[Subject]:
    """Loads what is not in memory yet, and gives each model its label.

    Args:
        models: Names of the zoo, folders, or models; or a mapping from labels to these.

    Returns:
        One subject a model, in the order given.

    Raises:
        UnknownModelError: If there is no model of that name.
        ModelFileError: If a folder holds no model.
        ValueError: If there is no model, or something that is none.
    """
    if isinstance(models, (str, os.PathLike, EncoderDecoder)):
        raise _refusal(models, "put a single one in a list")
    chosen = list(models.values() if isinstance(models, Mapping) else models)
    if not chosen:
        raise _refusal(models, "there is none")
    for model in chosen:  # A wrong name is found before anything is loaded.
        if isinstance(model, (str, os.PathLike)):
            version_folder(model)
        elif not isinstance(model, EncoderDecoder):
            raise _refusal(model, "this is none of them")
    found = [_subject(model) for model in chosen]
    names = (
        [str(name) for name in models]
        if isinstance(models, Mapping)
        else [subject.label for subject in found]
    )
    labels = distinct([_printable(name) for name in names])
    return [
        dataclasses.replace(subject, label=label)
        for subject, label in zip(found, labels, strict=True)
    ]


def distinct(names: Sequence[str]) -> list[str]:
    """The names, those that were there before with a number: "a", "a (2)".

    Args:
        names: Any names.

    Returns:
        As many, no two of them equal.
    """
    labels: list[str] = []
    for name in names:
        label, number = name, 1
        while label in labels or (number > 1 and label in names):
            number += 1
            label = f"{name} ({number})"
        labels.append(label)
    return labels


def _subject(model: Any) -> Subject:
    if isinstance(model, EncoderDecoder):
        return Subject(model.name, model, "in memory")
    card = info(model)
    loaded = load(model, compile=False)
    folder = version_folder(model)
    known = isinstance(model, str) and card.name == model
    source = "vaezoo" if known else str(Path(folder).resolve())
    return Subject(card.name, loaded, f"{source}, version {card.version}", card)


def _printable(name: str) -> str:
    """Without control characters: a name may come from anywhere."""
    return "".join(c if c.isprintable() else "\ufffd" for c in name)


def _refusal(received: Any, reason: str) -> ValueError:
    return ValueError(
        "Expected models to compare, each the name of a model, its folder, or a model "
        f"of vaezoo.models in memory; {reason}. Received: {received!r}"
    )
