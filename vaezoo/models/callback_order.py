"""In which order `fit` calls its callbacks."""

from typing import Any

import keras


def ordered(first: list[keras.callbacks.Callback], callbacks: Any) -> Any:
    """`first`, then the callbacks that add to the logs, then those that may read them.

    A callback adds to the logs if it has a true attribute `adds_to_logs`. One with a
    true attribute `resumes_training` comes last: it saves what the others have done.
    Otherwise the order stays as given.

    Args:
        first: The callbacks that come before all others.
        callbacks: A callback, a structure of callbacks, None, or a
            `keras.callbacks.CallbackList`, which is changed in place.

    Returns:
        A list, or the `CallbackList`.
    """
    given = callbacks
    if isinstance(given, keras.callbacks.CallbackList):
        callbacks = given.callbacks
    callbacks = keras.tree.flatten(callbacks or [])
    callbacks.sort(key=_rank)
    if isinstance(given, keras.callbacks.CallbackList):
        given.callbacks = [*first, *callbacks]
        return given
    return [*first, *callbacks]


def _rank(callback: Any) -> int:
    if getattr(callback, "adds_to_logs", False):
        return 0
    return 2 if getattr(callback, "resumes_training", False) else 1
