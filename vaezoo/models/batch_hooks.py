"""Whether callbacks ask to be called at every batch."""

from collections.abc import Callable, Iterable
from typing import Any

import keras

from vaezoo.models.non_finite import StopOnNonFiniteLoss

FIT_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)
EVALUATE_HOOKS = ("on_test_batch_begin", "on_test_batch_end")

# Callbacks that have such a hook, and whether one of them acts on every batch.
_ACTS_ON_BATCHES: dict[type, Callable[[Any], bool]] = {
    keras.callbacks.BackupAndRestore: lambda c: c.save_freq not in ("epoch", False),
    keras.callbacks.CallbackList: lambda c: False,
    keras.callbacks.ModelCheckpoint: lambda c: c.save_freq != "epoch",
    keras.callbacks.ProgbarLogger: lambda c: False,
    keras.callbacks.TensorBoard: lambda c: (
        c.update_freq != "epoch" or getattr(c, "_should_trace", True)
    ),
    keras.callbacks.TerminateOnNaN: lambda c: False,
    StopOnNonFiniteLoss: lambda c: False,
}


def listens_to_batches(callbacks: Any, hooks: Iterable[str] = FIT_HOOKS) -> bool:
    """Whether one of the callbacks defines a hook that Keras calls at every batch.

    Keras's own callbacks count if they are set to act within an epoch: by `save_freq`,
    `update_freq` or `profile_batch`. One with a true `acts_between_executions` does
    not count: it makes do with fewer calls.

    Args:
        callbacks: A callback, a structure of callbacks, None, or a
            `keras.callbacks.CallbackList`.
        hooks: Names of the hooks that count.
    """
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = callbacks.callbacks
    return any(_listens(one, hooks) for one in keras.tree.flatten(callbacks or []))


def _listens(callback: Any, hooks: Iterable[str]) -> bool:
    if getattr(callback, "acts_between_executions", False):
        return False
    idle = [
        cls
        for cls, acts in _ACTS_ON_BATCHES.items()
        if isinstance(callback, cls) and not acts(callback)
    ]
    return any(_overrides(callback, hook, idle) for hook in hooks)


def _overrides(callback: Any, hook: str, classes: list[type]) -> bool:
    """Whether a hook is another one than that of these classes, or of the base."""
    method = getattr(callback, hook, None)
    function = getattr(method, "__func__", method)
    known = [getattr(cls, hook) for cls in (keras.callbacks.Callback, *classes)]
    return function not in known
