"""How vaezoo's speed depends on batch, latent and image size, and on k."""

import io
import pathlib
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.ratios import rates
from benchmarks.results import write_whole

NAME = "scaling"
TITLE = "How the cost grows"
ROUNDS = 3
# The point that the others differ from in one thing: batch 128, 28 x 28, the network's
# own latent size. Segments are called "batch_size fc 512".
SETTINGS = {
    # Images of a fit, and the fewest steps of one.
    "images": {"fc": 7_680, "conv": 1_536},
    "steps": {"fc": 20, "conv": 4},
    "points": {
        "batch_size": [16, 64, 256, 1024],
        "latent_dim": [2, 16, 128],
        "image_size": [16, 28, 48, 64],
        "k": [1, 10, 100, 1000, 5000],
    },
    # Latent vectors that a call of `log_prob` decodes.
    "rows": {"fc": 50_000, "conv": 4_000},
}
_LABELS = {
    "batch_size": ("training", "images a step"),
    "latent_dim": ("training", "latent dimensions"),
    "image_size": ("training", "side of the image, pixels"),
    "k": ("log_prob", "samples an image, k"),
}


def draw(segments: Mapping[str, Sequence[dict[str, Any]]], path: pathlib.Path) -> None:
    """Draws the points as a PNG file of four panels.

    Args:
        segments: What was measured, by "QUANTITY NETWORK VALUE".
        path: File to write.
    """
    figure = Figure(figsize=(9, 7), dpi=110, layout="constrained")
    for axes, quantity in zip(figure.subplots(2, 2).flat, _LABELS, strict=True):
        _panel(axes, quantity, lines(segments, quantity))
    content = io.BytesIO()
    figure.savefig(content, format="png")
    write_whole(path, content.getvalue())


def lines(
    segments: Mapping[str, Sequence[dict[str, Any]]], quantity: str
) -> dict[str, list[tuple[int, float]]]:
    """The points of one panel: for each network (value, images a second), sorted."""
    found: dict[str, list[tuple[int, float]]] = {}
    for name, runs in segments.items():
        what, network, value = name.split()
        if what == quantity and runs:
            point = int(value), statistics.median(rates(runs))
            found.setdefault(network, []).append(point)
    return {network: sorted(points) for network, points in found.items()}


def _panel(
    axes: Axes, quantity: str, points: Mapping[str, list[tuple[int, float]]]
) -> None:
    for (network, line), marker in zip(points.items(), "os", strict=False):
        axes.plot(*zip(*line, strict=True), marker=marker, label=network)
    what, label = _LABELS[quantity]
    ticks = sorted({value for line in points.values() for value, _ in line})
    axes.set(xscale="log", yscale="log", xlabel=label, ylabel="images/s", title=what)
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.grid(alpha=0.3)
    axes.legend()
