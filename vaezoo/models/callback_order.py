"""In which order `fit` calls its callbacks."""

from typing import Any

import keras


def ordered(first: list[keras.callbacks.Callback], callbacks: Any) -> Any:
    """`first`, then the callbacks that add to the logs, then those that may read them.

    A callback adds to the logs if it has a true attribute `adds_to_logs`. Otherwise
    the order stays as given.

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
    callbacks.sort(key=lambda callback: not getattr(callback, "adds_to_logs", False))
    if isinstance(given, keras.callbacks.CallbackList):
        given.callbacks = [*first, *callbacks]
        return given
    return [*first, *callbacks]
