"""What a reader of a comparison must be told."""

from collections.abc import Mapping, Sequence

from vaezoo.data import ImageData
from vaezoo.evaluation.comparison.measured_model import MeasuredModel
from vaezoo.evaluation.speed import Speed

_FEW_IMAGES = 100
_UNSTEADY = 0.5


def find_warnings(
    measured: Sequence[MeasuredModel], data: ImageData, speeds: Mapping[str, Speed]
) -> list[str]:
    """What may mislead, in sentences.

    Args:
        measured: The models, measured.
        data: The images.
        speeds: The speed of each model by label.

    Returns:
        The warnings, without an order.
    """
    warnings = []
    if data.split == "train":
        warnings.append(
            "These are training images: a model that was trained on them has an "
            "advantage over one that was not."
        )
    if data.note:
        warnings.append(data.note)
    if len(data) < _FEW_IMAGES:
        warnings.append(
            f"{len(data)} images are few: standard errors are themselves uncertain, "
            "and the Fréchet distance says little."
        )
    return [*warnings, *_trained_elsewhere(measured, data), *_unsteady(speeds)]


def _trained_elsewhere(measured: Sequence[MeasuredModel], data: ImageData) -> list[str]:
    cards = [(m.subject.label, m.subject.card) for m in measured]
    return [
        f"{label} was trained on {card.data.name}, not on {data.name}."
        for label, card in cards
        if card is not None and card.data is not None and card.data.name != data.name
    ]


def _unsteady(speeds: Mapping[str, Speed]) -> list[str]:
    unsteady = [
        f"{k} ({s.spread:.0%})" for k, s in speeds.items() if s.spread > _UNSTEADY
    ]
    if not unsteady:
        return []
    return [
        "The machine was busy or unsteady: half of the rounds were further apart than "
        f"{_UNSTEADY:.0%} of the median for {', '.join(unsteady)}. Measure speed again "
        "on a quiet machine."
    ]
