"""Whether one model is better than another, image by image."""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

SIGNIFICANCE = 0.05
"""A difference that chance makes less often than this is called clear."""


@dataclasses.dataclass(frozen=True)
class PairedDifference:
    """How much lower the NLL of one model is than that of another, on the same images.

    Both models see the same images, so that what makes an image hard for both cancels:
    the standard error of the difference is far below that of either mean.

    Args:
        better: Label of the model with the lower mean.
        worse: Label of the other one.
        value: Mean over images of NLL of `worse` minus NLL of `better`, nats, >= 0.
        standard_error: Of that mean over images; None for a single image.
        t: `value` over `standard_error`; None where that is none or 0.
        p: Two-sided probability of such a t by chance (paired t-test), after Holm's
            correction for the number of pairs; None where there is no t.
        n: How many images.
    """

    better: str
    worse: str
    value: float
    standard_error: float | None
    t: float | None
    p: float | None
    n: int

    @property
    def clear(self) -> bool:
        """Whether the difference is more than chance makes of the choice of images."""
        return self.p is not None and self.p < SIGNIFICANCE

    @property
    def equal(self) -> bool:
        """Whether there is no difference on any image."""
        return not self.value and not self.standard_error

    @property
    def verdict(self) -> str:
        """The result in words."""
        if self.equal:
            return f"{self.better} and {self.worse} are equal on every image"
        if self.clear:
            return f"{self.better} is better than {self.worse}"
        return f"no clear difference between {self.better} and {self.worse}"


def paired_differences(
    nll: Mapping[str, np.ndarray],
    corrections: Mapping[str, np.ndarray] | None = None,
) -> list[PairedDifference]:
    """Compares every two models.

    Args:
        nll: The NLL of each image by the model's label, each `(n,)`, on the same images
            in the same order.
        corrections: By label, what the difference estimator subtracts, one for each of
            the first images, of equal length (see `evaluate_likelihood`).

    Returns:
        One difference a pair, the models with the lowest mean first.

    Raises:
        ValueError: If the numbers of images differ.
    """
    lengths = {np.shape(values) for values in nll.values()}
    if len(lengths) > 1:
        raise ValueError(
            "Expected the NLL of the same images for every model. "
            f"Received: shapes {sorted(lengths)}"
        )
    corrections = corrections or {}
    means = {
        label: _mean(values) - _mean(corrections.get(label))
        for label, values in nll.items()
    }
    order = sorted(means, key=lambda label: means[label])
    differences = [
        _difference(
            (better, worse),
            np.asarray(nll[worse], np.float64) - nll[better],
            None
            if better not in corrections
            else np.asarray(corrections[worse], np.float64) - corrections[better],
        )
        for better, worse in itertools.combinations(order, 2)
    ]
    return _holm(differences)


def _mean(values: np.ndarray | None) -> float:
    return 0.0 if values is None else float(np.mean(values, dtype=np.float64))


def _difference(
    labels: tuple[str, str], values: np.ndarray, correction: np.ndarray | None
) -> PairedDifference:
    value, error, n = _mean(values) - _mean(correction), None, len(values)
    parts = [part for part in (values, correction) if part is not None]
    if min(map(len, parts)) > 1:
        error = float(np.sqrt(sum(p.var(ddof=1) / len(p) for p in parts)))
    t = value / error if error else None
    p = None if t is None else _student(t, min(map(len, parts)) - 1)
    return PairedDifference(*labels, value, error, t, p, n)


def _student(t: float, degrees: int) -> float:
    """Two-sided probability of a larger |t| with so many degrees of freedom."""
    degrees, t = float(degrees), float(t)
    ratio = tf.constant(degrees / (degrees + t * t), tf.float64)
    half = tf.constant([degrees / 2.0, 0.5], tf.float64)
    return float(tf.math.betainc(half[0], half[1], ratio))


def _holm(differences: Sequence[PairedDifference]) -> list[PairedDifference]:
    """Holm 1979: the smallest p times the number of tests, the next times one less."""
    tested = sorted((d for d in differences if d.p is not None), key=lambda d: d.p)
    corrected, least = {}, 0.0
    for rank, difference in enumerate(tested):
        least = max(least, min(1.0, difference.p * (len(tested) - rank)))
        corrected[id(difference)] = least
    return [
        dataclasses.replace(d, p=corrected.get(id(d), d.p)) if d.p is not None else d
        for d in differences
    ]
