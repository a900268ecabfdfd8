"""A figure of lines and points in the library's style."""

from collections.abc import Sequence

import matplotlib
from matplotlib import style
from matplotlib.axes import Axes

from vaezoo.plotting.standalone_figure import StandaloneFigure

WIDTH = 720

# Okabe & Ito 2008: told apart by colour-blind readers too, and in print.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
GREY = "#8a8a8a"

_STYLE = {
    "font.size": 8.5,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.6,
    "axes.edgecolor": "#555555",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "xtick.color": "#333333",
    "ytick.color": "#333333",
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.4,
}


class ChartFigure(StandaloneFigure):
    """Axes side by side, 720 pixels wide, whatever Matplotlib's style.

    Args:
        height: In screen pixels.
        columns: How many axes.
        width: In screen pixels.
    """

    def __init__(self, height: int, columns: int = 1, width: int = WIDTH) -> None:
        super().__init__(width, height)
        self.set_layout_engine("constrained")
        with chart_style():
            self.subplots(1, columns)


def chart_style() -> "matplotlib.rc_context":
    """The context in which everything of a chart is made."""
    return style.context(["default", _STYLE])


def direct_label(
    axes: Axes, position: Sequence[float], text: str, offset: Sequence[float]
) -> None:
    """Writes what a point is beside it.

    Args:
        axes: Where.
        position: The point, in the axes' units.
        text: What it is.
        offset: From the point, in typographic points.
    """
    axes.annotate(
        text,
        position,
        xytext=offset,
        textcoords="offset points",
        va="center",
        ha="left" if offset[0] >= 0 else "right",
        fontsize=8.5,
        color="#222222",
    )
