"""What a classifier is, how it was made, and how good it is."""

import dataclasses
import json
import os
import re
from pathlib import Path

from vaezoo.zoo import DataCard, Metric, ModelFileError, TrainingCard, Versions
from vaezoo.zoo.strict_json import build_dataclass, parse_json, read_bounded

CARD_FILE = "card.json"
WEIGHTS_FILE = "model.weights.h5"

_MAX_BYTES = 2**20
# Far above any classifier of small images, far below what fills a memory.
_MAX_SIZE = 1024
_MAX_RESOLUTIONS = 6


@dataclasses.dataclass(frozen=True)
class ClassifierCard:
    """Everything worth knowing about a classifier.

    Attributes:
        name: The classifier's name.
        description: One sentence.
        image_shape: `(height, width, channels)`.
        num_classes: Number of classes.
        filters: Channels at each resolution.
        feature_dim: Number of features.
        parameters: Number of weights.
        data: The training data.
        training: How it was trained.
        augmentation: What was done to the images in training.
        versions: The software that made it.
        metrics: Its accuracy on test and validation images, and what `sample_quality`
            would be of samples as good as real images: with training images in their
            place.
        weights_sha256: sha256 of the weights file.
        licence: Licence of the weights.
        data_licence: Licence of the training data.
    """

    name: str
    description: str
    image_shape: tuple[int, ...]
    num_classes: int
    filters: tuple[int, ...]
    feature_dim: int
    parameters: int
    data: DataCard
    training: TrainingCard
    augmentation: str
    versions: Versions
    metrics: tuple[Metric, ...]
    weights_sha256: str
    licence: str
    data_licence: str

    def __post_init__(self) -> None:
        if len(self.image_shape) != 3:
            raise ValueError("expected three numbers in field image_shape")
        if not 1 <= len(self.filters) <= _MAX_RESOLUTIONS:
            raise ValueError(f"expected 1 to {_MAX_RESOLUTIONS} numbers in filters")
        sizes = *self.image_shape, *self.filters, self.num_classes, self.feature_dim
        if not all(1 <= size <= _MAX_SIZE for size in sizes):
            raise ValueError(f"expected sizes from 1 to {_MAX_SIZE}")
        if not re.fullmatch("[0-9a-f]{64}", self.weights_sha256):
            raise ValueError("expected a sha256 in field weights_sha256")

    @classmethod
    def from_json(cls, path: str | os.PathLike[str]) -> "ClassifierCard":
        """Reads and checks a card.

        Args:
            path: The file.

        Returns:
            The card.

        Raises:
            ModelFileError: If the file is missing, or is not a valid card.
        """
        path = Path(path)
        value = parse_json(read_bounded(path, _MAX_BYTES), path)
        try:
            return build_dataclass(cls, value)
        except (ValueError, RecursionError) as error:
            reason = f"it is not the card of a classifier: {error}"
            raise ModelFileError(path, reason) from error

    def to_json(self) -> str:
        """The card as JSON, once it is known to be one that `from_json` reads.

        Raises:
            ValueError: If it is not.
        """
        text = json.dumps(dataclasses.asdict(self), indent=2, allow_nan=False) + "\n"
        build_dataclass(type(self), json.loads(text))
        return text
