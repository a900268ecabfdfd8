"""All disentanglement scores of a representation, under one protocol."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from vaezoo.evaluation.disentanglement.beta_vae_score import (
    BATCH_SIZE,
    beta_vae_score_of,
)
from vaezoo.evaluation.disentanglement.dci import dci
from vaezoo.evaluation.disentanglement.encoded_rows import EncodedRows
from vaezoo.evaluation.disentanglement.factor_data import FactorData
from vaezoo.evaluation.disentanglement.factor_rows import FactorRows
from vaezoo.evaluation.disentanglement.factor_vae_score import (
    THRESHOLD,
    factor_vae_score_of,
)
from vaezoo.evaluation.disentanglement.held_out import TEST_PART
from vaezoo.evaluation.disentanglement.modularity import modularity
from vaezoo.evaluation.disentanglement.mutual_information import BINS
from vaezoo.evaluation.disentanglement.mutual_information_gap import (
    mutual_information_gap,
)
from vaezoo.evaluation.disentanglement.sap import sap
from vaezoo.evaluation.measurement import Evaluation, Measurement
from vaezoo.evaluation.representation import representation
from vaezoo.integers import check_count

_UNIT = "of 1"


class _Sample(NamedTuple):
    """What the metrics are computed on."""

    data: FactorData
    rows: FactorRows
    codes: EncodedRows
    train: np.ndarray
    test: np.ndarray
    votes: tuple[int, int]
    seed: int

    def training(self) -> tuple[np.ndarray, np.ndarray]:
        """Codes and factors to fit on."""
        return self.codes[self.train], self.data.factors[self.train]

    def held_out(self) -> tuple[np.ndarray, ...]:
        """Codes and factors to fit on, and those to test on."""
        test = self.codes[self.test], self.data.factors[self.test]
        return *self.training(), *test

    def measurement(self, name: str, value: float, how: str, n: int) -> Measurement:
        """A score with its protocol."""
        factors = ", ".join(self.data.factor_names)
        protocol = f"{how}; factors {factors}; Locatello et al. 2019, seed {self.seed}"
        return Measurement(name, value, _UNIT, protocol, n)


def evaluate_disentanglement(
    represent: Any,
    data: Any,
    metrics: Sequence[str] | None = None,
    seed: int = 0,
    num_train: int = 10_000,
    num_test: int = 5_000,
) -> Evaluation:
    """Measures disentanglement with the settings of Locatello et al. 2019.

    MIG, modularity, DCI and SAP are computed on images drawn without replacement,
    training and test images apart; all images, a third of them for the test, where
    there are fewer than asked for. The scores of beta-VAE and FactorVAE draw batches of
    images that share a factor, see `FactorRows`. Each image is encoded once at most.
    The time is mostly that of DCI, whose trees take minutes where factors have dozens
    of values, and that of encoding: the two scores draw some 3 million images.

    Args:
        represent: A model, whose codes are its posterior means; any function from
            images to `(n, dims)`, each row a function of its image alone; or None if
            the data's images are codes already.
        data: `vaezoo.data.Sprites`, an `ImageData` with factors as attributes, a tuple
            (images, factors), or a `FactorData`, of which any factors can be selected.
        metrics: Some of "mig", "dci", "sap", "beta_vae", "factor_vae",
            "modularity". Default: all.
        seed: Seed of every draw.
        num_train: Images, or points and votes, to fit on.
        num_test: Images, or points and votes, to test on.

    Returns:
        An `Evaluation` with `mig`, `dci_disentanglement`, `dci_completeness`,
        `dci_informativeness`, `sap`, `beta_vae_score`, `factor_vae_score` and
        `modularity`. All are better the higher, at most 1, and nan where there are too
        few factors or dimensions to define them.

    Raises:
        ImportError: If scikit-learn is not installed, for "dci", "sap", "beta_vae".
        ValueError: If a metric is unknown or codes, data or numbers do not fit.

    Reference:
        Locatello et al. 2019, "Challenging Common Assumptions in the Unsupervised
        Learning of Disentangled Representations", appendix C.

    Example:
        >>> factors = np.indices((4, 5)).reshape(2, -1).T  # all combinations
        >>> evaluation = evaluate_disentanglement(
        ...     None, (factors, factors), metrics=["mig", "factor_vae", "modularity"]
        ... )
        >>> print(evaluation["factor_vae_score"])
        factor_vae_score = 1.000 of 1
    """
    names = METRICS if metrics is None else tuple(metrics)
    unknown = [name for name in names if name not in _MEASURES]
    if unknown or isinstance(metrics, str):
        raise ValueError(
            f"Expected metrics among {list(METRICS)}. Received: {metrics!r}"
        )
    num_train = check_count("num_train", num_train, 2)
    num_test = check_count("num_test", num_test, 1)
    data = FactorData.of(data)
    train, test = _draw(len(data), num_train, num_test, seed)
    codes = EncodedRows(representation(represent), data.images, len(data))
    rows = FactorRows(data.factors)
    sample = _Sample(data, rows, codes, train, test, (num_train, num_test), seed)
    return Evaluation(tuple(m for name in names for m in _MEASURES[name](sample)))


def _draw(
    count: int, num_train: int, num_test: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    if count < num_train + num_test:
        num_test = min(num_test, max(1, count // TEST_PART))
        num_train = min(num_train, count - num_test)
    rng = np.random.default_rng(seed)
    rows = rng.choice(count, num_train + num_test, replace=False)
    return rows[:num_train], rows[num_train:]


def _of_training_images(
    name: str, metric: Callable[..., float]
) -> Callable[[_Sample], list[Measurement]]:
    """The measure that is a function of codes and factors alone."""

    def measure(sample: _Sample) -> list[Measurement]:
        value = metric(*sample.training())
        how = f"{BINS} bins of equal width"
        return [sample.measurement(name, value, how, len(sample.train))]

    return measure


def _dci(sample: _Sample) -> list[Measurement]:
    scores = dci(*sample.held_out(), seed=sample.seed)
    how, n = _fitted("gradient boosted trees", sample)
    return [
        sample.measurement(f"dci_{name}", getattr(scores, name), how, n)
        for name in ("disentanglement", "completeness", "informativeness")
    ]


def _sap(sample: _Sample) -> list[Measurement]:
    value = sap(*sample.held_out(), seed=sample.seed)
    how, n = _fitted("linear support vector machines", sample)
    return [sample.measurement("sap", value, how, n)]


def _fitted(what: str, sample: _Sample) -> tuple[str, int]:
    train, test = len(sample.train), len(sample.test)
    return f"{what}, fitted on {train} and tested on {test} images", train + test


def _beta_vae(sample: _Sample) -> list[Measurement]:
    value = beta_vae_score_of(
        sample.codes, sample.rows, *sample.votes, BATCH_SIZE, sample.seed
    )
    train, test = sample.votes
    how = f"logistic regression, {train} and {test} means of {BATCH_SIZE} pairs"
    return [sample.measurement("beta_vae_score", value, how, len(sample.data))]


def _factor_vae(sample: _Sample) -> list[Measurement]:
    train, test = sample.votes
    value = factor_vae_score_of(
        sample.codes,
        sample.rows,
        train,
        test,
        train,
        BATCH_SIZE,
        THRESHOLD,
        sample.seed,
    )
    how = (
        f"{train} and {test} votes of {BATCH_SIZE} images, dimensions of a standard "
        f"deviation of at least {THRESHOLD}"
    )
    return [sample.measurement("factor_vae_score", value, how, len(sample.data))]


_MEASURES: dict[str, Callable[[_Sample], list[Measurement]]] = {
    "mig": _of_training_images("mig", mutual_information_gap),
    "dci": _dci,
    "sap": _sap,
    "beta_vae": _beta_vae,
    "factor_vae": _factor_vae,
    "modularity": _of_training_images("modularity", modularity),
}

METRICS = tuple(_MEASURES)
"""The metrics of `evaluate_disentanglement`."""
