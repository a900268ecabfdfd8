"""The bounds that keep a scale away from zero and infinity."""

import math


def check_scale_bounds(min_scale: float, max_scale: float) -> tuple[float, float]:
    """Returns the two bounds of a scale as floats.

    Raises:
        ValueError: If they are not `0 < min_scale < max_scale < infinity`.
    """
    if not 0.0 < min_scale < max_scale < math.inf:
        raise ValueError(
            "Expected 0 < min_scale < max_scale < infinity. "
            f"Received: min_scale={min_scale!r}, max_scale={max_scale!r}"
        )
    return float(min_scale), float(max_scale)
