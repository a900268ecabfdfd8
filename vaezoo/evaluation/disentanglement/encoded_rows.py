"""The codes of images, made once and when they are needed."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

_ROWS_AT_A_TIME = 4096


class EncodedRows:
    """Codes of images by their number, as an array of codes would give them.

    Args:
        represent: From n images to codes `(n, dims)`. It is called once an image.
        images: From numbers `(n,)` to images.
        count: How many images there are.
    """

    def __init__(
        self,
        represent: Callable[[Any], np.ndarray],
        images: Callable[[np.ndarray], Any],
        count: int,
    ) -> None:
        self._represent = represent
        self._images = images
        self._known = np.zeros(count, np.bool_)
        self._codes: np.ndarray | None = None

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """The codes of images, `(..., dims)` for numbers of any shape `(...)`."""
        rows = np.asarray(rows)
        wanted = np.zeros(len(self._known), np.bool_)
        wanted[rows.ravel()] = True
        new = np.flatnonzero(wanted & ~self._known)
        for start in range(0, len(new), _ROWS_AT_A_TIME):
            self._encode(new[start : start + _ROWS_AT_A_TIME])
        return self._codes[rows]

    def _encode(self, rows: np.ndarray) -> None:
        codes = self._represent(self._images(rows))
        if self._codes is None:
            self._codes = np.zeros((len(self._known), codes.shape[1]), codes.dtype)
        self._codes[rows] = codes
        self._known[rows] = True


Codes: TypeAlias = np.ndarray | EncodedRows
