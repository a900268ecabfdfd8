"""Classifiers on disk: those that come with vaezoo, and yours."""

import dataclasses
import os
import tempfile
import warnings
from pathlib import Path

import keras

from vaezoo.evaluation.classifier import Classifier
from vaezoo.evaluation.classifier_card import CARD_FILE, WEIGHTS_FILE, ClassifierCard
from vaezoo.evaluation.classifier_network import classifier_network
from vaezoo.zoo import ModelFileError
from vaezoo.zoo.files import check_regular, sha256, verify_files
from vaezoo.zoo.safe_weights import check_weights

# That of the largest network that a card may describe, and more.
_MAX_WEIGHTS_BYTES = 2**30

_SHIPPED = Path(__file__).parent / "classifiers"


def list_classifiers() -> list[str]:
    """The names of the classifiers that come with vaezoo.

    Example:
        >>> vaezoo.evaluation.list_classifiers()
        ['fashion_mnist', 'mnist']
    """
    return sorted(path.parent.name for path in _SHIPPED.glob(f"*/{CARD_FILE}"))


def classifier_for(data_name: str) -> str | None:
    """The classifier that reads a data set.

    Args:
        data_name: Name of a data set.

    Returns:
        The classifier's name; None if there is none.
    """
    name = data_name.removeprefix("binarized_")
    return name if name in list_classifiers() else None


def load_classifier(name: str | os.PathLike[str]) -> Classifier:
    """Loads a classifier.

    Sample quality is measured in its features. It is a small one, trained for vaezoo:
    numbers measured with it compare models with each other, and not with tables that
    other networks were used for.

    Args:
        name: A name from `list_classifiers`, or a folder that a recipe wrote.

    Returns:
        The classifier.

    Raises:
        ValueError: If there is no such classifier.
        ModelFileError: If its files are damaged, or not a classifier's.
    """
    folder = _folder(name)
    trusted = folder.parent == _SHIPPED
    check_regular(folder, CARD_FILE, trusted)
    card = ClassifierCard.from_json(folder / CARD_FILE)
    digests = {WEIGHTS_FILE: card.weights_sha256}
    verify_files(folder, digests, trusted, _MAX_WEIGHTS_BYTES)
    network = _network(card, folder / CARD_FILE)
    _load_weights(network, folder / WEIGHTS_FILE, card)
    return Classifier(network, card)


def save_classifier(
    network: keras.Model, card: ClassifierCard, folder: str | os.PathLike[str]
) -> None:
    """Writes what `load_classifier` reads.

    Args:
        network: A network of `classifier_network`.
        card: Its card; the number of weights and their sha256 are filled in.
        folder: Made if it is not there.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as hidden:
        weights = Path(hidden) / WEIGHTS_FILE
        # A copy: the file of a network that was trained would hold its optimizer too.
        copy = keras.models.clone_model(network)
        copy.set_weights(network.get_weights())
        copy.save_weights(weights)
        card = dataclasses.replace(
            card, parameters=network.count_params(), weights_sha256=sha256(weights)
        )
        text = Path(hidden) / CARD_FILE
        text.write_text(card.to_json(), encoding="utf-8")
        weights.replace(folder / WEIGHTS_FILE)
        text.replace(folder / CARD_FILE)


def _folder(name: str | os.PathLike[str]) -> Path:
    if isinstance(name, str) and name in list_classifiers():
        return _SHIPPED / name
    folder = Path(name).expanduser()
    if not (folder / CARD_FILE).is_file():
        raise ValueError(
            f"Expected a classifier ({', '.join(list_classifiers())}), or a folder "
            f"with {CARD_FILE} and {WEIGHTS_FILE}. Received: {os.fspath(name)!r}"
        )
    return folder


def _network(card: ClassifierCard, path: Path) -> keras.Model:
    try:
        return classifier_network(
            card.image_shape,
            card.num_classes,
            card.filters,
            card.feature_dim,
            name=card.name,
        )
    except Exception as error:
        reason = f"no classifier can be built of it ({error})"
        raise ModelFileError(path, reason) from error


def _load_weights(network: keras.Model, path: Path, card: ClassifierCard) -> None:
    if network.count_params() != card.parameters:
        raise ModelFileError(
            path,
            f"expected {card.parameters:,} weights, as the card says; the network has "
            f"{network.count_params():,}",
        )
    try:
        check_weights(path, card.parameters)
        with warnings.catch_warnings():
            # Keras only warns of layers that the file does not have.
            warnings.simplefilter("error", UserWarning)
            network.load_weights(path)
    except Exception as error:
        raise ModelFileError(path, str(error)) from error
