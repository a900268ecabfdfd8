"""Checks of the numbers that objectives are given.

What comes back is a Python number, also for NumPy's, so that a configuration is JSON.
"""

import math
from typing import Any

import numpy as np


def check_weight(name: str, value: Any) -> float:
    """Returns a weight or a number of nats.

    Args:
        name: How the error calls it.
        value: The number.

    Raises:
        ValueError: If it is negative, not finite, or no number.
    """
    number = isinstance(value, (int, float, np.integer, np.floating))
    if not number or isinstance(value, bool) or not 0.0 <= value < math.inf:
        raise ValueError(
            f"Expected `{name}` to be a finite number that is not negative. "
            f"Received: {name}={value!r}"
        )
    return float(value)
