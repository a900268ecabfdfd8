"""What counts as an integer argument, for the checks of all rooms."""

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
