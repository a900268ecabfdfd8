"""A number with its standard error, its unit and how it was measured."""

import dataclasses
from typing import Any

import numpy as np

# Units whose numbers are small: of those more than two digits are printed.
_DIGITS = {"bits/dim": 3, "share": 3, "of 1": 3, "squared": 5}


@dataclasses.dataclass(frozen=True)
class Measurement:
    """One measured number.

    Args:
        name: What was measured, such as "nll".
        value: The number.
        unit: "nats", "bits/dim", or what is counted.
        protocol: How it was measured, in words.
        n: How many images.
        standard_error: Standard error over images; None for counts.
        k: Importance samples an image, where there are any.
        images: What the images are, where they are not those that were given: the
            model's samples, say.
    """

    name: str
    value: float
    unit: str
    protocol: str
    n: int
    standard_error: float | None = None
    k: int | None = None
    images: str | None = None

    def __str__(self) -> str:
        digits = _DIGITS.get(self.unit, 2)
        error = self.standard_error
        error = "" if error is None else f" ± {error:.{digits}f}"
        return f"{self.name} = {self.value:.{digits}f}{error} {self.unit}"


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """The measurements of one model on one set of images."""

    measurements: tuple[Measurement, ...]

    def __getitem__(self, name: str) -> Measurement:
        for measurement in self.measurements:
            if measurement.name == name:
                return measurement
        known = ", ".join(m.name for m in self.measurements)
        raise KeyError(f"Expected one of: {known}. Received: {name!r}")

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary a measurement, ready for a table or a model card.

        What the images are stands before the protocol, where they are not those given.
        """
        rows = [dataclasses.asdict(m) for m in self.measurements]
        for row in rows:
            if images := row.pop("images"):
                row["protocol"] = f"{images}; {row['protocol']}"
        return rows

    def __str__(self) -> str:
        return "\n".join(str(m) for m in self.measurements)


def mean_and_error(values: np.ndarray) -> tuple[float, float | None]:
    """Mean and its standard error over images; a single image has no error."""
    values = np.asarray(values, np.float64)
    if len(values) < 2:
        return float(values.mean()), None
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
