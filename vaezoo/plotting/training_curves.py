"""How a training went."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from vaezoo.plotting.chart_figure import COLORS, WIDTH, ChartFigure, chart_style
from vaezoo.plotting.training_log import read_log

_USUAL = ("loss", "elbo", "reconstruction", "kl")
_HEIGHT = 300
# Of a training, the part at whose start the curves still fall steeply.
_START = 0.1


def training_curves(log: Any, metrics: Sequence[str] | None = None) -> Figure:
    """Shows the metrics of each epoch, in training and in validation.

    The vertical axes are chosen for the curves after the first tenth of the epochs:
    the first ones, which are far off, may begin outside.

    Args:
        log: The CSV log of a training, or the folder of the run that holds `log.csv`;
            what `fit` returned; or a mapping of names to numbers.
        metrics: Which to show. Default: `elbo`, `reconstruction`, `kl`, and `loss`
            where it is more than the negative ELBO; of a log with none of these, all.

    Returns:
        A figure.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no log, or a metric is not in it.

    Example:
        >>> figure = training_curves({"loss": [3.0, 2.0], "val_loss": [3.2, 2.5]})
        >>> figure.savefig("curves.png")
    """
    columns = read_log(log)
    names = _default(columns) if metrics is None else _check(metrics, columns)
    figure = ChartFigure(_HEIGHT, len(names), WIDTH if len(names) < 4 else 960)
    with chart_style():
        for axes, name in zip(figure.axes, names, strict=True):
            _draw(axes, columns, name)
        if any(f"val_{name}" in columns for name in names):
            handles = figure.axes[0].get_legend_handles_labels()
            figure.legend(*handles, loc="outside upper right", ncols=2)
    return figure


def _draw(axes: Axes, columns: dict[str, np.ndarray], name: str) -> None:
    epochs = columns["epoch"]
    settled = epochs > epochs[0] + _START * (epochs[-1] - epochs[0])
    seen = []
    for prefix, label, color in (
        ("", "training", COLORS[0]),
        ("val_", "validation", COLORS[1]),
    ):
        if prefix + name not in columns:
            continue
        values = columns[prefix + name]
        measured = np.isfinite(values)
        few = measured.sum() <= 30
        axes.plot(
            epochs[measured],
            values[measured],
            color=color,
            label=label,
            marker="o" if few else None,
            markersize=2.5,
        )
        late = values[measured & settled]
        seen.extend(late if len(late) else values[measured])
    unit = " (nats)" if name in _USUAL else ""
    axes.set_title(f"{name}{unit}", loc="left")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    if seen:
        margin = 0.06 * (max(seen) - min(seen)) or 0.05 * abs(seen[0]) or 1.0
        axes.set_ylim(min(seen) - margin, max(seen) + margin)


def _default(columns: dict[str, np.ndarray]) -> list[str]:
    names = [name for name in _USUAL if name in columns]
    if {"loss", "elbo"} <= set(names):
        same = np.isclose(columns["loss"], -columns["elbo"], rtol=1e-4, equal_nan=True)
        if same.all():
            names.remove("loss")
    others = [n for n in columns if n not in ("epoch", "learning_rate")]
    return names or [n for n in others if not n.startswith("val_")] or others


def _check(metrics: Sequence[str], columns: dict[str, np.ndarray]) -> list[str]:
    known = [name for name in columns if name != "epoch"]
    names = [metrics] if isinstance(metrics, str) else list(metrics)
    missing = [n for n in names if n not in known and f"val_{n}" not in known]
    if missing or not names:
        raise ValueError(
            f"Expected metrics of the log: {', '.join(known)}. "
            f"Received: {', '.join(map(str, missing)) or 'none'}"
        )
    return names
