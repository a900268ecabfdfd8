"""Arguments of `fit` that Keras looks at when it is too late."""

import math
import numbers
from collections.abc import Collection
from typing import Any

import keras

from vaezoo.integers import check_count, is_integer


def check_fit_arguments(
    epochs: Any,
    validation_split: Any,
    callbacks: Any,
    initial_epoch: Any = 0,
    validation_freq: Any = 1,
    class_weight: Any = None,
    **_: Any,
) -> None:
    """Checks them before a weight is changed.

    Args:
        epochs: Number of passes.
        validation_split: Share of the images.
        callbacks: A callback or a structure of callbacks.
        initial_epoch: Number of the first pass.
        validation_freq: Passes between two validations, or the passes to validate at.
        class_weight: Must be None.
        **_: Other arguments of `fit`.

    Raises:
        TypeError: If a callback is none.
        ValueError: If an argument is not as described.
    """
    check_count("epochs", epochs, 0)
    check_count("initial_epoch", initial_epoch, 0)
    if not isinstance(validation_freq, Collection) or isinstance(validation_freq, str):
        check_count("validation_freq", validation_freq, 1)
    elif not all(is_integer(number, 1) for number in validation_freq):
        raise ValueError(
            "Expected `validation_freq` to be a positive integer, or numbers of "
            f"epochs. Received: validation_freq={validation_freq!r}"
        )
    share = validation_split
    if not isinstance(share, numbers.Real) or not math.isfinite(share):
        raise ValueError(
            "Expected `validation_split` to be a number from 0 to 1. "
            f"Received: validation_split={share!r}"
        )
    if class_weight is not None:
        raise ValueError(
            "Expected no `class_weight`: images are no classes. Give each image its "
            f"weight by `sample_weight`. Received: class_weight={class_weight!r}"
        )
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return
    for callback in keras.tree.flatten(callbacks or []):
        if not hasattr(callback, "set_model"):
            raise TypeError(
                "Expected Keras callbacks. "
                f"Received: a callback of type {type(callback).__name__}"
            )
