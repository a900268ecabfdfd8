"""How many weights a configuration asks for, found out before any is made."""

import math
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras

_SECONDS = 60.0


class _TakesTooLong(BaseException):
    """Not an `Exception`, which a constructor might catch."""


def count_weights(config: Any, registered: dict[str, Any]) -> int:
    """The number of weights of the model of a configuration, without making them.

    A hostile configuration of a few bytes can ask for more memory, or for more layers,
    than there are. Building stops after a minute.

    Args:
        config: A checked configuration.
        registered: The registered classes and functions that it names.

    Returns:
        The number of weights.

    Raises:
        ValueError: If it takes too long, or makes no model.
        Exception: Whatever the constructors raise.
    """
    # A thread of its own, for Keras keeps what it knows of unmade weights a thread.
    with ThreadPoolExecutor(1) as pool:
        try:
            return pool.submit(_count, config, registered).result()
        except _TakesTooLong:
            raise ValueError(
                f"it takes more than {_SECONDS:g} seconds to build"
            ) from None


def _count(config: Any, registered: dict[str, Any]) -> int:
    deadline = time.thread_time() + _SECONDS

    def watch(*_: Any) -> None:
        if time.thread_time() > deadline:
            raise _TakesTooLong

    state = random.getstate()  # Initializers take their seeds of it.
    sys.setprofile(watch)
    try:
        with (
            keras.saving.custom_object_scope(registered),
            keras.StatelessScope(initialize_variables=False),
        ):
            model = keras.saving.deserialize_keras_object(config, safe_mode=True)
            if not isinstance(model, keras.Model):
                kind = type(model).__name__
                raise ValueError(f"expected a keras.Model, received a {kind}")
            return sum(math.prod(weight.shape) for weight in model.weights)
    finally:
        sys.setprofile(None)
        random.setstate(state)
