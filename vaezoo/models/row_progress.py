"""The progress bar of the verbs."""

from collections.abc import Callable

import keras


def row_progress(total: int, shown: bool, unit: str) -> Callable[[int], None]:
    """Begins a bar of how many rows are done, with the time left.

    Args:
        total: How many there are.
        shown: Whether to show anything.
        unit: What a row is called.

    Returns:
        What to call with the number of rows that are done.
    """
    if not shown:
        return lambda done: None
    bar = keras.utils.Progbar(total, unit_name=unit)
    bar.update(0)
    return bar.update
