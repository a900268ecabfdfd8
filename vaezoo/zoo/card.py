"""The model card: what a model is, how it was made, and how good it is."""

import dataclasses
import json
import os
import re
from pathlib import Path
from typing import Any

from vaezoo.zoo.card_text import card_text
from vaezoo.zoo.model_file_error import ModelFileError
from vaezoo.zoo.strict_json import build_dataclass, parse_json, read_bounded

CONFIG_FILE = "assets.extra/config.json"
WEIGHTS_FILE = "assets.extra/model.weights.h5"
CARD_FILE = "assets.extra/card.json"

_MAX_BYTES = 2**20


@dataclasses.dataclass(frozen=True)
class DataCard:
    """The data that a model was trained on.

    Attributes:
        name: Name of the data set.
        split: The split that was trained on.
        sizes: Number of images of each split.
        binarization: How grey pixels became binary ones, if they did.
    """

    name: str
    split: str
    sizes: dict[str, int]
    binarization: str | None


@dataclasses.dataclass(frozen=True)
class TrainingCard:
    """How a model was trained.

    Attributes:
        recipe: The recipe's file, relative to the repository.
        command: The command line that made the model.
        epochs: Passes over the training data.
        batch_size: Images in a batch.
        optimizer: The optimizer and its settings.
        schedule: The learning rate's schedule.
        seed: The seed of initial weights and noise.
        wall_time_seconds: Seconds from the first step to the last.
        machine: Its class, such as "2 CPU cores, AVX-512".
        selected_on: The split on which the checkpoint was selected, if one was.
    """

    recipe: str
    command: str
    epochs: int
    batch_size: int
    optimizer: str
    schedule: str
    seed: int
    wall_time_seconds: float
    machine: str
    selected_on: str | None


@dataclasses.dataclass(frozen=True)
class Versions:
    """The software that made a model."""

    python: str
    tensorflow: str
    keras: str
    tensorflow_probability: str
    numpy: str
    vaezoo: str


@dataclasses.dataclass(frozen=True)
class Metric:
    """A measured number.

    Attributes:
        name: What was measured, such as "test NLL".
        value: The number.
        standard_error: Its standard error over examples, where it has one.
        unit: Such as "nats".
        protocol: How it was measured.
        n: Number of examples.
        k: Number of importance samples an example, for estimates that take some.
    """

    name: str
    value: float
    standard_error: float | None
    unit: str
    protocol: str
    n: int
    k: int | None = None


@dataclasses.dataclass(frozen=True)
class Published:
    """A published number to compare with.

    Attributes:
        value: The number, in the unit of the card's first metric.
        source: Where it was published.
    """

    value: float
    source: str


@dataclasses.dataclass(frozen=True, repr=False)
class ModelCard:
    """Everything worth knowing about a model; `print` shows it as a table.

    Attributes:
        name: The model's name, which is also its folder's.
        version: The version folder's number.
        family: Class name of the model.
        description: One or two sentences.
        architecture: The constructor's arguments.
        parameters: Number of weights.
        size_bytes: Size of the files listed in `files`, together.
        data: The training data; None if not recorded.
        training: How it was trained; None if not recorded.
        versions: The software that made it.
        metrics: The measured numbers, the most important first.
        published: Published numbers to compare the first metric with.
        files: sha256 of each file, by its path relative to the version folder.
        licence: Licence of the weights.
        data_licence: Licence of the training data.
        reference: The publication to cite.
        log_prob_samples: Importance samples k of the exported signature `log_prob`;
            None for a folder without one.
    """

    name: str
    version: int
    family: str
    description: str
    architecture: dict[str, Any]
    parameters: int
    size_bytes: int
    data: DataCard | None
    training: TrainingCard | None
    versions: Versions
    metrics: tuple[Metric, ...]
    published: tuple[Published, ...] | None
    files: dict[str, str]
    licence: str | None
    data_licence: str | None
    reference: str | None
    log_prob_samples: int | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", self.name):
            raise ValueError(
                "expected letters, digits, '.', '_' and '-' in field name, "
                f"received {self.name!r}"
            )
        for field in ("version", "parameters", "size_bytes"):
            if getattr(self, field) < 0:
                raise ValueError(f"expected a number >= 0 in field {field}")
        for path, digest in self.files.items():
            _check_relative(path)
            if not re.fullmatch("[0-9a-f]{64}", digest):
                raise ValueError(f"expected a sha256 in field files, for {path!r}")
        for path in (CONFIG_FILE, WEIGHTS_FILE):
            if path not in self.files:
                raise ValueError(f"missing {path!r} in field files")

    @classmethod
    def from_json(cls, path: str | os.PathLike[str]) -> "ModelCard":
        """Reads and checks a `card.json`.

        Args:
            path: The file.

        Returns:
            The card.

        Raises:
            ModelFileError: If the file is missing, or is not a valid card; it says
                which field is unknown, missing or wrong.
        """
        path = Path(path)
        value = parse_json(read_bounded(path, _MAX_BYTES), path)
        try:
            return build_dataclass(cls, value)
        except (ValueError, RecursionError) as error:
            raise ModelFileError(path, f"it is not a model card: {error}") from error

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """The card as JSON, written to a file if one is given.

        Args:
            path: The file to write.

        Returns:
            The JSON text.

        Raises:
            ValueError: If the card holds something that `from_json` would refuse,
                such as NaN.
        """
        text = json.dumps(dataclasses.asdict(self), indent=2, allow_nan=False) + "\n"
        build_dataclass(type(self), json.loads(text))
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def __str__(self) -> str:
        return card_text(self)

    def __repr__(self) -> str:
        return (
            f"ModelCard({self.name!r}, version={self.version}, family={self.family!r}, "
            f"parameters={self.parameters})"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows."""
        printer.text(str(self))


def _check_relative(path: str) -> None:
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts) or set(path) & set("\\:\0"):
        raise ValueError(
            "expected paths inside the model's folder in field files, "
            f"received {path!r}"
        )
