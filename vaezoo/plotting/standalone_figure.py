"""A Matplotlib figure outside pyplot that is saved as it was made."""

import io
import os
from pathlib import Path
from typing import IO, Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# A power of two: sizes in inches are exact, and no pixel is lost to rounding.
DOTS_PER_INCH = 128

# Without it, the same figure is written with other names and dates each time.
_REPRODUCIBLE = {"svg.hashsalt": "vaezoo"}
_NO_DATE = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "ps": {"CreationDate": None},
}


class StandaloneFigure(Figure):
    """A `matplotlib.figure.Figure` that pyplot does not know of, on white.

    Notebooks show it as it is; the same figure gives the same file, byte for byte.

    Args:
        width: In screen pixels.
        height: In screen pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        super().__init__(
            figsize=(width / DOTS_PER_INCH, height / DOTS_PER_INCH),
            dpi=DOTS_PER_INCH,
            facecolor="white",
            layout="none",
        )
        FigureCanvasAgg(self)

    def savefig(self, fname: str | os.PathLike[str] | IO[bytes], **kwargs: Any) -> None:
        """As `Figure.savefig`, by default pixel for pixel whatever the style.

        Args:
            fname: The file.
            **kwargs: The other arguments of `Figure.savefig`.
        """
        named = isinstance(fname, str | os.PathLike)
        suffix = Path(fname).suffix[1:].lower() if named else "png"
        form = kwargs.get("format", suffix)
        kwargs = {"dpi": "figure", "facecolor": "white", **kwargs}
        if form in _NO_DATE:
            kwargs["metadata"] = {**_NO_DATE[form], **(kwargs.get("metadata") or {})}
        with matplotlib.rc_context(_REPRODUCIBLE):
            super().savefig(fname, **kwargs)

    def _repr_png_(self) -> bytes:
        """What a notebook shows."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()
