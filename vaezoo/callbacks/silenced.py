"""Callbacks that are not called for batches that were trained on before."""

from collections.abc import Sequence
from typing import Any

import keras

_HOOKS = ("on_train_batch_begin", "on_train_batch_end")


class Silenced:
    """Takes the hooks of batches from callbacks, for a while.

    Args:
        callbacks: The callbacks.

    Attributes:
        active: Whether they are silent.
    """

    def __init__(self, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        self._callbacks = list(callbacks)
        self._own: list[dict[str, Any]] = []
        self.active = False

    def begin(self) -> None:
        """Puts a hook that does nothing before those of the class."""
        self.active = True
        for callback in self._callbacks:
            # `LambdaCallback` keeps its hooks in the object.
            own = {name: vars(callback).pop(name, None) for name in _HOOKS}
            self._own.append(own)
            vars(callback).update(dict.fromkeys(_HOOKS, _nothing))

    def end(self) -> None:
        """Gives the hooks back."""
        self.active = False
        for callback, own in zip(self._callbacks, self._own, strict=False):
            for name, hook in own.items():
                del vars(callback)[name]
                if hook is not None:
                    vars(callback)[name] = hook
        self._own = []


def _nothing(batch: int, logs: dict[str, Any] | None = None) -> None:
    pass
