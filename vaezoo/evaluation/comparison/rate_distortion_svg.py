"""Rate and distortion of the models, as a drawing inside the report."""

import html
import math
from collections.abc import Sequence

from vaezoo.evaluation.comparison.model_result import ModelResult

_WIDTH, _HEIGHT = 620, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 88, 20, 16, 60
_LABEL_HEIGHT = 24
_RADIUS = 6


def rate_distortion_svg(results: Sequence[ModelResult], marks: Sequence[str]) -> str:
    """A point a model: rate to the right, distortion upwards.

    Along a dotted line the ELBO is the same. There are no standard errors: those of the
    differences are far smaller. Unlike a picture, it follows the page's colours and
    stays sharp on a phone.

    Args:
        results: Models that were measured, of one group.
        marks: The class that gives the colour of each.

    Returns:
        An `<svg>` element.
    """
    points = [(r.get("rate").value, r.get("distortion").value) for r in results]
    rates = _Scale([p[0] for p in points], _LEFT, _WIDTH - _RIGHT)
    distortions = _Scale([p[1] for p in points], _HEIGHT - _BOTTOM, _TOP)
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="Rate and '
        'distortion of the models; the numbers are in the table above">',
        *_axes(rates, distortions),
        *_levels(points, rates, distortions),
    ]
    heights = _apart([distortions.at(p[1]) for p in points])
    for result, mark, point, height in zip(
        results, marks, points, heights, strict=True
    ):
        at = rates.at(point[0]), distortions.at(point[1])
        parts += _point(result, mark, at, height)
    return "\n".join([*parts, "</svg>"])


class _Scale:
    """From nats to screen units, with round numbers for the ticks."""

    def __init__(self, values: Sequence[float], start: float, stop: float) -> None:
        low, high = min(values), max(values)
        margin = 0.25 * (high - low) or 0.05 * abs(high) or 1.0
        self.low, self.high = low - margin, high + margin
        self.start, self.stop = start, stop

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.stop - self.start)

    def ticks(self) -> list[float]:
        step = _round_step((self.high - self.low) / 5.0)
        first = math.ceil(self.low / step)
        last = math.floor(self.high / step)
        return [number * step for number in range(first, last + 1)]


def _round_step(step: float) -> float:
    """The next larger number of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(f * power for f in (1.0, 2.0, 5.0, 10.0) if f * power >= step)


def _axes(rates: _Scale, distortions: _Scale) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = [f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>']
    for tick in rates.ticks():
        x = rates.at(tick)
        parts.append(f'<path class="axis" d="M{x:.1f} {bottom}v5"/>')
        parts.append(_text(x, bottom + 24, f"{tick:g}", "faint", "middle"))
    for tick in distortions.ticks():
        y = distortions.at(tick)
        parts.append(f'<path class="axis" d="M{_LEFT} {y:.1f}h-5"/>')
        parts.append(_text(_LEFT - 9, y + 5, f"{tick:g}", "faint", "end"))
    middle = (_LEFT + right) / 2, (_TOP + bottom) / 2
    parts.append(_text(middle[0], _HEIGHT - 8, "rate, nats", "faint", "middle"))
    turned = f'<g transform="rotate(-90 18 {middle[1]:.1f})">'
    label = _text(18, middle[1], "distortion, nats", "faint", "middle")
    return [*parts, f"{turned}{label}</g>"]


def _levels(
    points: Sequence[tuple[float, float]], rates: _Scale, distortions: _Scale
) -> list[str]:
    """A line of equal ELBO through each point, from edge to edge."""
    parts = []
    for total in sorted({sum(point) for point in points}):
        start = max(rates.low, total - distortions.high)
        stop = min(rates.high, total - distortions.low)
        ends = [(rates.at(r), distortions.at(total - r)) for r in (start, stop)]
        (a, b), (c, d) = ends
        parts.append(f'<path class="level" d="M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}"/>')
    return parts


def _point(
    result: ModelResult,
    mark: str,
    at: tuple[float, float],
    height: float,
) -> list[str]:
    x, y = at
    rate, distortion = result.get("rate"), result.get("distortion")
    left = x > _LEFT + 0.6 * (_WIDTH - _LEFT - _RIGHT)
    side = -1 if left else 1
    words = (
        f"{result.label}: rate {rate.value:.2f}, distortion {distortion.value:.2f}, "
        f"ELBO {-rate.value - distortion.value:.2f} nats"
    )
    parts = [f'<g class="{mark}"><title>{html.escape(words)}</title>']
    end = x + side * 16
    if abs(height - y) > 1.0:
        line = f"M{x + side * _RADIUS:.1f} {y:.1f}L{end:.1f} {height:.1f}"
        parts.append(f'<path class="leader" d="{line}"/>')
    parts.append(f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="{_RADIUS}"/>')
    name = result.label if len(result.label) <= 32 else f"{result.label[:31]}…"
    parts.append(
        _text(end + 2 * side, height + 5, name, "", "end" if left else "start")
    )
    return [*parts, "</g>"]


def _apart(heights: Sequence[float]) -> list[float]:
    """Heights of labels, moved downwards where one would lie on another."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    moved, last = list(heights), -math.inf
    for i in order:
        moved[i] = last = max(heights[i], last + _LABEL_HEIGHT)
    excess = max(0.0, max(moved) - (_HEIGHT - _BOTTOM - 4))
    return [height - excess for height in moved]


def _text(x: float, y: float, words: str, mark: str, anchor: str) -> str:
    return (
        f'<text class="{mark}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{html.escape(words)}</text>"
    )
