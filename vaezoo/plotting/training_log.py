"""What a training has logged, from a file or from memory."""

import csv
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np


def read_log(log: Any) -> dict[str, np.ndarray]:
    """The logged numbers, one array a name, with NaN where there was none.

    Args:
        log: The file that `keras.callbacks.CSVLogger` wrote (a recipe's `log.csv`), or
            the folder of a run that holds it; what `fit` returned; or a mapping of
            names to numbers.

    Returns:
        Arrays of equal length, with `epoch` among them, counted from 1.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no log, or an empty one.
    """
    if isinstance(log, str | os.PathLike):
        columns, what = _read_csv(Path(log).expanduser()), f"the file '{log}'"
    elif isinstance(log, keras.callbacks.History):
        columns, what = {"epoch": log.epoch, **log.history}, "a History"
    elif isinstance(log, Mapping):
        columns, what = dict(log), "a mapping"
    else:
        raise ValueError(
            "Expected the path of a CSV log, what `fit` returned, or a mapping of "
            f"names to numbers. Received: {type(log).__name__}"
        )
    return _arrays(columns, what)


def _read_csv(path: Path) -> dict[str, list[Any]]:
    if path.is_dir():
        path = path / "log.csv"
    if not path.is_file():
        raise FileNotFoundError(f"Expected a CSV log. Received: '{path}', no such file")
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
            names = list(rows[0]) if rows else []
            return {name: [_number(row[name]) for row in rows] for name in names}
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"Expected a CSV log of numbers with a line of names. Received: '{path}' "
            f"({error})"
        ) from error


def _number(text: str) -> float:
    # Keras writes NA for what an epoch did not measure.
    return math.nan if text in ("", "NA") else float(text)


def _arrays(columns: dict[str, Any], what: str) -> dict[str, np.ndarray]:
    try:
        arrays = {name: np.asarray(v, np.float64) for name, v in columns.items()}
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Expected a log of numbers. Received: {what} ({error})"
        ) from error
    measured = {
        len(a) if a.ndim == 1 else -1 for n, a in arrays.items() if n != "epoch"
    }
    if len(measured) != 1 or not (count := measured.pop()) > 0:
        raise ValueError(
            "Expected a log of at least one epoch, with as many numbers for each name. "
            f"Received: {what} with {', '.join(map(str, columns)) or 'nothing'}"
        )
    epochs = arrays.get("epoch")
    if epochs is None or epochs.shape != (count,):
        epochs = np.arange(count)
    return {**arrays, "epoch": epochs + 1.0}
