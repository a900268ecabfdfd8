"""A figure in which every pixel of an image is a square of screen pixels."""

import io
import math
import os
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vaezoo.plotting.mosaic import GAP, mosaic

# A power of two: sizes in inches are exact, and no pixel is lost to rounding.
_DOTS_PER_INCH = 128
_WIDTH = 720
_HEIGHT = 960
_LETTER = 9
_LINE = 20
_FONT_POINTS = 8.5


class PixelFigure(Figure):
    """Images in rows and columns, enlarged by a whole number, never interpolated.

    A `matplotlib.figure.Figure` of its own, outside pyplot; black is always 0 and white
    always 1. Notebooks show it as it is. Where there is no room for every label, every
    second or third one is shown.

    Args:
        images: uint8 `(n, height, width, 3)`.
        columns: Images in a row.
        row_labels: Text to the left of each row.
        column_labels: Text above each column.
    """

    def __init__(
        self,
        images: np.ndarray,
        columns: int,
        row_labels: Sequence[str] = (),
        column_labels: Sequence[str] = (),
    ) -> None:
        picture = mosaic(images, columns)
        height, width = picture.shape[:2]
        zoom = max(1, min(_WIDTH // width, _HEIGHT // height))
        row_height, column_width = ((side + GAP) * zoom for side in images.shape[1:3])
        widest = _text_width(column_labels)
        # The outermost labels are centred on their columns too.
        right = max(0, widest - column_width) // 2
        left = max(_text_width(row_labels), right)
        top = _LINE if column_labels else 0
        size = left + width * zoom + right, top + height * zoom
        super().__init__(
            figsize=[side / _DOTS_PER_INCH for side in size],
            dpi=_DOTS_PER_INCH,
            facecolor="white",
            layout="none",
        )
        FigureCanvasAgg(self)
        box = left / size[0], 0, width * zoom / size[0], height * zoom / size[1]
        axes = self._show(picture, box)
        axes.set_yticks(*_ticks(images.shape[1], row_labels, _LINE / row_height))
        axes.set_xticks(*_ticks(images.shape[2], column_labels, widest / column_width))

    def savefig(self, fname: str | os.PathLike[str] | IO[bytes], **kwargs: Any) -> None:
        """As `Figure.savefig`, by default pixel for pixel whatever the style.

        Args:
            fname: The file.
            **kwargs: The other arguments of `Figure.savefig`.
        """
        super().savefig(fname, **{"dpi": "figure", "facecolor": "white", **kwargs})

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

    def _repr_png_(self) -> bytes:
        """What a notebook shows."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()


def _text_width(labels: Sequence[str]) -> int:
    """Screen pixels for the longest label and some space."""
    return _LETTER * (1 + max(map(len, labels))) if labels else 0


def _ticks(
    side: int, labels: Sequence[str], crowding: float
) -> tuple[np.ndarray, list[str]]:
    """Where the labels go: centred on their images, the middle one among them.

    Args:
        side: Height or width of an image.
        labels: One for each row or column.
        crowding: Room that a label needs, over the room that there is.

    Returns:
        Positions in pixels of the picture, and the labels there.
    """
    step = max(1, math.ceil(crowding))
    shown = np.arange(len(labels) // 2 % step, len(labels), step)
    return GAP + (side - 1) / 2 + (side + GAP) * shown, [labels[i] for i in shown]
