"""Checks of the numbers that shape a picture."""

import operator
from typing import Any


def check_count(value: Any, name: str, least: int = 1) -> int:
    """Checks an argument that counts something.

    Args:
        value: The argument.
        name: Its name.
        least: The smallest number allowed.

    Returns:
        It, as a Python integer.

    Raises:
        ValueError: If it is not an integer of at least `least`.
    """
    try:
        count = operator.index(value)
    except TypeError:
        count = least - 1
    if isinstance(value, bool) or count < least:
        raise ValueError(
            f"Expected `{name}` to be an integer of at least {least}. "
            f"Received: {name}={value!r}"
        )
    return count
