"""How long `fit` stands still at the end of an epoch and at its own end."""

import time
from typing import Any

import keras
import numpy as np


class LongestGap(keras.callbacks.Callback):
    """The longest time between two steps of different epochs, or the last and the end.

    Attributes:
        seconds: The longest gap so far.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self._last_step: float | None = None
        self._new_epoch = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """What is waited for from here on is not a step."""
        self._new_epoch = True

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """The first step of an epoch ends a gap."""
        if self._new_epoch:
            self.note()
        self._new_epoch = False

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """A gap may begin here."""
        self._last_step = time.perf_counter()

    def note(self) -> None:
        """Takes the time since the last step as a gap."""
        if self._last_step is not None:
            gap = time.perf_counter() - self._last_step
            self.seconds = max(self.seconds, gap)


def short_fits(
    model: keras.Model, x: np.ndarray, batch_size: int, fits: int, limit: float
) -> dict[str, Any]:
    """Fits of two short epochs, one after another.

    Args:
        model: A compiled model.
        x: The images of an epoch.
        batch_size: Images a step.
        fits: How many fits.
        limit: Seconds after which no further one is started.

    Returns:
        `count` of the fits, and `gaps`, the longest gap of each in seconds.
    """
    gaps: list[float] = []
    end = time.perf_counter() + limit
    while len(gaps) < fits and (not gaps or time.perf_counter() < end):
        longest = LongestGap()
        model.fit(x, batch_size=batch_size, epochs=2, callbacks=[longest])
        longest.note()
        gaps.append(longest.seconds)
    return {"count": len(gaps), "gaps": gaps}
