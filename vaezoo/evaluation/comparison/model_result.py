"""What a comparison found out about one model."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from vaezoo.evaluation.comparison.columns import COLUMNS
from vaezoo.evaluation.measurement import Measurement
from vaezoo.zoo import Published


@dataclasses.dataclass(frozen=True)
class ModelResult:
    """The measurements of one model.

    Args:
        label: What it is called.
        source: Where it comes from.
        family: Class name of the model.
        latent_dim: Number of latent dimensions.
        measurements: What was measured, and what its card says (`card_nll`,
            `training_time`).
        missing: Why a measurement is not there, by its name.
        published: Published numbers for this size, from its card.
    """

    label: str
    source: str
    family: str
    latent_dim: int
    measurements: tuple[Measurement, ...]
    missing: dict[str, str]
    published: tuple[Published, ...] = ()

    def get(self, name: str) -> Measurement | None:
        """A measurement by its name; None if it is not there.

        Args:
            name: Such as "nll".
        """
        return next((m for m in self.measurements if m.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        return dataclasses.asdict(self)


# What most models have no use for: where nobody has it, nobody asks why.
_OPTIONAL = ("bits_per_dim", "training_time")


def why_empty(results: Sequence[ModelResult]) -> list[str]:
    """Why cells are empty, in sentences.

    Args:
        results: The models.

    Returns:
        One sentence for each reason, with the models and the columns that it holds for.
    """
    shown = {m.name for result in results for m in result.measurements}
    empty: dict[str, tuple[list[str], list[str]]] = {}
    for result in results:
        for name, reason in result.missing.items():
            if name in _OPTIONAL and name not in shown:
                continue
            labels, names = empty.setdefault(reason, ([], []))
            labels += [result.label] if result.label not in labels else []
            names += [name] if name not in names else []
    sentences = []
    for reason, (labels, names) in empty.items():
        whose = "All models" if len(labels) == len(results) else ", ".join(labels)
        titles = "; ".join(COLUMNS[name].title for name in names)
        sentences.append(f"{whose}: {reason} Not there: {titles}.")
    return sentences
