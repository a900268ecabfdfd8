"""Functions as arguments of layers that are rebuilt from their configuration."""

from collections.abc import Callable
from typing import Any

import keras


def function_config(argument: str, function: Callable) -> dict[str, Any]:
    """What a configuration holds for a function: its registered name.

    Args:
        argument: How the error calls the function.
        function: A function, or an instance of a registered class that can be called.

    Returns:
        The function's serialized form.

    Raises:
        ValueError: If the function is not registered.
    """
    registered_name = keras.saving.get_registered_name(function)
    if keras.saving.get_registered_object(registered_name) is not function:
        # Keras would store the code of a lambda, which no safe loader runs.
        raise ValueError(
            f"Expected `{argument}` to be registered with "
            "`keras.saving.register_keras_serializable`, so that the layer can be "
            "rebuilt from its configuration. "
            f"Received: {argument}={function!r}"
        )
    return keras.saving.serialize_keras_object(function)
