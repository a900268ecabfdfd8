"""A figure in which every pixel of an image is a square of screen pixels."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from vaezoo.plotting.mosaic import GAP, mosaic
from vaezoo.plotting.standalone_figure import StandaloneFigure

_WIDTH = 720
_HEIGHT = 960
_LETTER = 9
_LINE = 20
_FONT_POINTS = 8.5


class PixelFigure(StandaloneFigure):
    """Images in rows and columns, enlarged by a whole number, never interpolated.

    A `matplotlib.figure.Figure` of its own, outside pyplot; black is always 0 and white
    always 1. Notebooks show it as it is. Where there is no room for every label, every
    second or third one is shown.

    Args:
        images: uint8 `(n, height, width, 3)`.
        columns: Images in a row.
        row_labels: Text to the left of each row.
        column_labels: Text above each column.
        row_name: What the row labels are of, along the left side.
        column_name: What the column labels are of, along the top.
        framed: Indices of the images to mark with a frame.
    """

    def __init__(
        self,
        images: np.ndarray,
        columns: int,
        row_labels: Sequence[str] = (),
        column_labels: Sequence[str] = (),
        row_name: str = "",
        column_name: str = "",
        framed: Sequence[int] | np.ndarray = (),
    ) -> None:
        picture = mosaic(images, columns, framed)
        height, width = picture.shape[:2]
        zoom = max(1, min(_WIDTH // width, _HEIGHT // height))
        row_height, column_width = ((side + GAP) * zoom for side in images.shape[1:3])
        widest = _text_width(column_labels)
        # The outermost labels are centred on their columns too.
        right = max(0, widest - column_width) // 2 if _edges(column_labels) else 0
        left = max(_text_width(row_labels), right) + (_LINE if row_name else 0)
        top = (_LINE if column_labels else 0) + (_LINE if column_name else 0)
        size = left + width * zoom + right, top + height * zoom
        super().__init__(*size)
        box = left / size[0], 0, width * zoom / size[0], height * zoom / size[1]
        axes = self._show(picture, box)
        axes.set_yticks(*_ticks(images.shape[1], row_labels, _LINE / row_height))
        axes.set_xticks(*_ticks(images.shape[2], column_labels, widest / column_width))
        self._name_sides(box, size, row_name, column_name)

    def _show(self, picture: np.ndarray, box: tuple[float, ...]) -> Axes:
        axes = self.add_axes(box)
        axes.imshow(picture, interpolation="nearest", aspect="auto", origin="upper")
        axes.spines[:].set_visible(False)
        axes.grid(visible=False, which="both")
        axes.minorticks_off()
        axes.tick_params(
            length=0,
            pad=2,
            labelsize=_FONT_POINTS,
            labelcolor="black",
            top=True,
            labeltop=True,
            bottom=False,
            labelbottom=False,
            left=True,
            labelleft=True,
        )
        return axes

    def _name_sides(
        self,
        box: tuple[float, ...],
        size: tuple[int, int],
        row_name: str,
        column_name: str,
    ) -> None:
        style = {"fontsize": _FONT_POINTS, "color": "black", "ha": "center"}
        across, up = box[0] + box[2] / 2, box[3] / 2
        middle = _LINE / 2
        self.text(across, 1 - middle / size[1], column_name, va="center", **style)
        self.text(middle / size[0], up, row_name, va="center", rotation=90, **style)


def _edges(labels: Sequence[str]) -> bool:
    """Whether the first or last label says something."""
    return any(labels) and bool(labels[0] or labels[-1])


def _text_width(labels: Sequence[str]) -> int:
    """Screen pixels for the longest label and some space."""
    return _LETTER * (1 + max(map(len, labels))) if labels else 0


def _ticks(
    side: int, labels: Sequence[str], crowding: float
) -> tuple[np.ndarray, list[str]]:
    """Where the labels go: centred on their images, the middle one among them.

    Args:
        side: Height or width of an image.
        labels: One for each row or column; empty ones take no room.
        crowding: Room that a label needs, over the room that there is.

    Returns:
        Positions in pixels of the picture, and the labels there.
    """
    said = np.array([i for i, label in enumerate(labels) if label], int)
    closest = np.diff(said).min() if len(said) > 1 else len(labels)
    step = max(1, math.ceil(crowding / max(closest, 1)))
    shown = said[len(said) // 2 % step :: step]
    return GAP + (side - 1) / 2 + (side + GAP) * shown, [labels[i] for i in shown]
