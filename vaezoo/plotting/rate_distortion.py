"""How models share their bound between rate and distortion."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from vaezoo.plotting.arguments import check_vectors
from vaezoo.plotting.chart_figure import (
    COLORS,
    GREY,
    ChartFigure,
    chart_style,
    direct_label,
)

_SIDE = 560
_LEVELS = 6


def rate_distortion(
    rates: Any,
    distortions: Any,
    labels: Sequence[str] = (),
    rate_errors: Any = None,
    distortion_errors: Any = None,
    connect: bool = False,
) -> Figure:
    """Shows models by rate and distortion (Alemi et al. 2018, "Fixing a Broken ELBO").

    The rate is the KL divergence of the posterior from the prior, the distortion the
    negative reconstruction term. Both axes have equal units; along a grey line their
    sum, the negative ELBO, is the same: down and to the left is better.

    Args:
        rates: Nats an image, `(n,)`.
        distortions: Nats an image, `(n,)`.
        labels: What each point is.
        rate_errors: Standard errors of the rates, `(n,)`.
        distortion_errors: Standard errors of the distortions, `(n,)`.
        connect: Whether the points are one curve, such as over beta: they are joined
            in the order of their rates.

    Returns:
        A figure.

    Raises:
        ValueError: If lengths differ or a number is not finite.

    Example:
        >>> figure = rate_distortion([25.8, 24.2], [62.0, 64.6], ["conv", "fc"])
        >>> figure.savefig("rate_distortion.png")
    """
    rates = check_vectors("rates", rates, ndim=1)
    points = np.stack([rates, _check("distortions", distortions, rates)], axis=1)
    errors = [
        None if error is None else _check(name, error, rates)
        for name, error in (
            ("rate_errors", rate_errors),
            ("distortion_errors", distortion_errors),
        )
    ]
    if len(labels) not in (0, len(points)):
        raise ValueError(
            f"Expected one label for each of the {len(points)} points, or none. "
            f"Received: {len(labels)}"
        )
    figure = ChartFigure(_SIDE, width=_SIDE)
    with chart_style():
        axes = figure.axes[0]
        axes.set(xlabel="rate: KL (nats)", ylabel="distortion: -E log p(x|z) (nats)")
        _set_limits(axes, points)
        _draw_levels(axes)
        if connect:
            axes.plot(*points[np.argsort(points[:, 0])].T, color=COLORS[0])
        axes.errorbar(
            *points.T,
            xerr=errors[0],
            yerr=errors[1],
            fmt="o",
            color=COLORS[0],
            markersize=5,
            elinewidth=1,
            zorder=3,
        )
        for point, text, offset in zip(
            points, labels, _offsets(axes, points), strict=False
        ):
            direct_label(axes, point, text, offset)
    return figure


def _set_limits(axes: Axes, points: np.ndarray) -> None:
    """A square around the points, with equal units."""
    low, high = points.min(axis=0), points.max(axis=0)
    side = 1.3 * max(*(high - low), 0.02 * np.abs(points).max(), 1e-6)
    corner = (low + high - side) / 2
    if low[0] >= 0:  # as a KL divergence is
        corner[0] = max(corner[0], 0.0)
    axes.set_xlim(corner[0], corner[0] + side)
    axes.set_ylim(corner[1], corner[1] + side)
    axes.set_aspect("equal", adjustable="box")
    axes.grid(visible=False)


def _draw_levels(axes: Axes) -> None:
    """Lines of equal ELBO, labelled where they leave at the top or the left."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    for level in MaxNLocator(_LEVELS).tick_values(left + bottom, right + top):
        x = max(left, level - top)
        if not left + bottom < level < right + top:
            continue
        axes.plot([left, right], [level - left, level - right], color="#dddddd", lw=0.8)
        if x > left + 0.8 * (right - left) or level - x < bottom + 0.1 * (top - bottom):
            continue  # There is no room along the line.
        axes.text(
            x,
            level - x,
            f"  ELBO {-level:g}",
            color=GREY,
            fontsize=7,
            rotation=-45,
            rotation_mode="anchor",
            va="bottom",
            ha="left",
        )


def _offsets(axes: Axes, points: np.ndarray) -> list[tuple[float, float]]:
    """Labels to the right of their points; to the left in the right third."""
    left, right = axes.get_xlim()
    far = points[:, 0] > left + 0.66 * (right - left)
    return [(-7.0, 0.0) if beyond else (7.0, 0.0) for beyond in far]


def _check(name: str, values: Any, rates: np.ndarray) -> np.ndarray:
    array = check_vectors(name, values, ndim=1)
    if array.shape != rates.shape:
        raise ValueError(
            f"Expected `{name}` of shape {rates.shape}, as the rates. "
            f"Received: shape {array.shape}"
        )
    return array
