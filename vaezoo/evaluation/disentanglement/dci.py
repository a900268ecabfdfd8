"""DCI: disentanglement, completeness and informativeness, by boosted trees."""

import dataclasses
from typing import Any

import numpy as np

from vaezoo.evaluation.disentanglement.held_out import HeldOut, held_out
from vaezoo.evaluation.scikit_learn import import_scikit_learn

# Added to importances before their entropy, as in Locatello et al. 2019.
_TINY = 1e-11


@dataclasses.dataclass(frozen=True, eq=False)
class DCI:
    """The three scores of a code, each at best 1.

    Args:
        disentanglement: Whether each dimension matters for one factor; nan if there is
            one factor.
        completeness: Whether one dimension matters for each factor; nan for a code of
            one dimension.
        informativeness: Accuracy of the factors' predictions on the test set, the mean
            over factors. (In the paper it is an error.)
        informativeness_train: The same on the training set.
        importance: How much each dimension matters for the prediction of each factor,
            `(dims, factors)`; each column sums to 1.
    """

    disentanglement: float
    completeness: float
    informativeness: float
    informativeness_train: float
    importance: np.ndarray


def dci(
    codes: Any,
    factors: Any,
    test_codes: Any = None,
    test_factors: Any = None,
    seed: int = 0,
) -> DCI:
    """Disentanglement, completeness and informativeness.

    Gradient boosted trees (scikit-learn's, with its defaults) predict each factor from
    the code; a dimension's importance is how much splits on it reduce the trees'
    impurity. One minus the entropy of a dimension's importances over factors is its
    disentanglement, and one minus that of a factor's over dimensions its completeness;
    both are averaged with importance as weight. It takes time in proportion to the
    values of all factors together: minutes where they are dozens.

    Args:
        codes: Codes to fit on, `(n, dims)`, 10,000 of them in Locatello et al. 2019.
        factors: Whole numbers, `(n, factors)`.
        test_codes: Codes to test on, `(m, dims)`, 5,000 in Locatello et al. 2019. By
            default a third of `codes`, at random, is held out.
        test_factors: Their factors, `(m, factors)`.
        seed: Seed of the trees, which of two equal dimensions they take, and of what
            is held out.

    Returns:
        The `DCI`.

    Raises:
        ImportError: If scikit-learn is not installed.
        ValueError: If codes or factors are not as described, or a factor never varies.

    Reference:
        Eastwood & Williams 2018, "A Framework for the Quantitative Evaluation of
        Disentangled Representations"; trees as in Locatello et al. 2019.
    """
    parts = held_out(codes, factors, test_codes, test_factors, seed)
    fitted = [_predict(parts, j, seed) for j in range(parts.factors.shape[1])]
    importance, train, test = zip(*fitted, strict=True)
    matrix = np.stack(importance, axis=1)
    return DCI(
        disentanglement_of(matrix),
        completeness_of(matrix),
        float(np.mean(test)),
        float(np.mean(train)),
        matrix,
    )


def disentanglement_of(importance: np.ndarray) -> float:
    """The disentanglement of a matrix of importances.

    Args:
        importance: Of dimensions for factors, `(dims, factors)`, none negative.
    """
    rows, factors = importance.shape
    if factors < 2:
        return float("nan")
    total = importance.sum()
    weights = importance.sum(axis=1) / total if total > 0.0 else np.full(rows, 1 / rows)
    return float(weights @ (1.0 - _entropy_of_rows(importance) / np.log(factors)))


def completeness_of(importance: np.ndarray) -> float:
    """The completeness of a matrix of importances.

    Args:
        importance: Of dimensions for factors, `(dims, factors)`, none negative.
    """
    return disentanglement_of(importance.T)


def _entropy_of_rows(importance: np.ndarray) -> np.ndarray:
    shares = importance + _TINY
    shares = shares / shares.sum(axis=1, keepdims=True)
    return -(shares * np.log(shares)).sum(axis=1)


def _predict(parts: HeldOut, j: int, seed: int) -> tuple[np.ndarray, float, float]:
    """Importances for factor `j`, and the accuracy in training and test."""
    ensemble = import_scikit_learn("ensemble")
    trees = ensemble.GradientBoostingClassifier(random_state=seed)
    trees.fit(parts.codes, parts.factors[:, j])
    train = trees.predict(parts.codes) == parts.factors[:, j]
    test = trees.predict(parts.test_codes) == parts.test_factors[:, j]
    return np.abs(trees.feature_importances_), train.mean(), test.mean()
