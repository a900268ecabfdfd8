"""What counts as an integer argument, for the checks of all rooms."""

from typing import Any

import numpy as np


def is_integer(value: object, least: int) -> bool:
    """Whether `value` is an integer, of Python or NumPy, of at least `least`.

    True and False are none: they are what one passes by mistake.

    Args:
        value: Anything.
        least: The smallest number allowed.
    """
    integer = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return bool(integer and value >= least)


def check_count(name: str, value: Any, least: int) -> int:
    """Returns an argument that counts something, as a Python integer.

    Args:
        name: How the error calls it.
        value: The argument.
        least: The smallest number allowed.

    Raises:
        ValueError: If it is smaller, or no integer.
    """
    if not is_integer(value, least):
        raise ValueError(
            f"Expected `{name}` to be an integer of at least {least}. "
            f"Received: {name}={value!r}"
        )
    return int(value)
