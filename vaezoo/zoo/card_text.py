"""The model card in words."""

import math
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vaezoo.zoo.card import Metric, ModelCard

_WIDTH = 88
# Of the right column: a card may come from anywhere, with labels of any length.
_NARROWEST = 20


def card_text(card: "ModelCard") -> str:
    """The card as a table of two columns, in plain text."""
    rows = card_rows(card)
    indent = max(len(label) for label, _ in rows) + 2
    lines = [f"{card.name} (version {card.version})"]
    for label, text in rows:
        wrapped = textwrap.wrap(text, max(_WIDTH - indent, _NARROWEST)) or [""]
        lines.append(f"{label:<{indent}}{wrapped[0]}")
        lines += [" " * indent + line for line in wrapped[1:]]
    return "\n".join(lines)


def card_rows(card: "ModelCard") -> list[tuple[str, str]]:
    """The card as pairs (label, text); what was not recorded is left out."""
    rows = [
        ("description", card.description),
        ("family", card.family),
        *_architecture_rows(card.architecture),
        ("parameters", f"{card.parameters:,}"),
        ("size", format_bytes(card.size_bytes)),
        *_data_rows(card),
        *_training_rows(card),
        *[(metric.name, _metric_text(metric)) for metric in card.metrics],
    ]
    for published in card.published or ():
        rows.append(("published", f"{published.value:g} ({published.source})"))
    versions = vars(card.versions).items()
    rows.append(("made with", ", ".join(f"{name} {v}" for name, v in versions)))
    rows.append(("licence", card.licence or ""))
    rows.append(("data licence", card.data_licence or ""))
    rows.append(("reference", card.reference or ""))
    return [(_printable(label), _printable(text)) for label, text in rows if text]


def format_measurement(value: float, standard_error: float | None = None) -> str:
    """A number with its standard error, such as "86.30 ± 0.07".

    Args:
        value: The number.
        standard_error: Its standard error, if it has one.

    Returns:
        The number with as many decimals as the standard error warrants; a whole number
        without one is taken for a count.
    """
    if standard_error is None:
        return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
    if not standard_error > 0 or not math.isfinite(standard_error):
        return f"{value:,.2f} ± {standard_error:.2f}"
    decimals = max(2, -math.floor(math.log10(standard_error)))
    return f"{value:,.{decimals}f} ± {standard_error:.{decimals}f}"


def format_bytes(size: int) -> str:
    """A size such as "3.2 MB"."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


def _printable(text: str) -> str:
    """Without control characters: a card may come from anywhere."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def _architecture_rows(architecture: dict[str, Any]) -> list[tuple[str, str]]:
    # Nested configurations, of a model from one's own networks, are for machines.
    flat = {
        key: value
        for key, value in architecture.items()
        if not isinstance(value, dict) and key not in ("name", "trainable")
    }
    rows = [("architecture", ", ".join(f"{k}={v!r}" for k, v in flat.items()))]
    condition = architecture.get("condition")
    if isinstance(condition, dict) and isinstance(condition.get("config"), dict):
        values = ", ".join(f"{k}={v!r}" for k, v in condition["config"].items())
        rows.append(("condition", f"{condition.get('class_name')}({values})"))
    return rows


def _data_rows(card: "ModelCard") -> list[tuple[str, str]]:
    if card.data is None:
        return []
    sizes = ", ".join(f"{split} {n:,}" for split, n in card.data.sizes.items())
    return [
        ("data", f"{card.data.name}, trained on {card.data.split} ({sizes} images)"),
        ("binarization", card.data.binarization or ""),
    ]


def _training_rows(card: "ModelCard") -> list[tuple[str, str]]:
    training = card.training
    if training is None:
        return []
    minutes = training.wall_time_seconds / 60
    return [
        ("recipe", training.recipe),
        ("command", training.command),
        ("epochs", f"{training.epochs:,}, batches of {training.batch_size:,}"),
        ("optimizer", training.optimizer),
        ("schedule", training.schedule),
        ("seed", str(training.seed)),
        ("training time", f"{minutes:,.1f} minutes on {training.machine}"),
        ("selected on", training.selected_on or ""),
    ]


def _metric_text(metric: "Metric") -> str:
    number = format_measurement(metric.value, metric.standard_error)
    samples = f", k={metric.k:,}" if metric.k is not None else ""
    return f"{number} {metric.unit} ({metric.protocol}; n={metric.n:,}{samples})"
