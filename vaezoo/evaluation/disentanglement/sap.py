"""SAP: is each factor predicted by one dimension of the code?"""

from typing import Any

import numpy as np

from vaezoo.evaluation.disentanglement.held_out import held_out
from vaezoo.evaluation.scikit_learn import import_scikit_learn

_C = 0.01


def sap(
    codes: Any,
    factors: Any,
    test_codes: Any = None,
    test_factors: Any = None,
    seed: int = 0,
) -> float:
    """The separated attribute predictability, SAP, of discrete factors.

    A linear support vector machine (C = 0.01, classes weighted as if equally frequent)
    predicts each factor from each dimension of the code alone. For each factor, how
    much higher the test accuracy is with the best dimension than with the second; the
    mean over factors. Even a code that is the factors is below 1, as the second
    dimension predicts by chance: 1/2 for two factors of two values.

    Args:
        codes: Codes to fit on, `(n, dims)`, 10,000 of them in Locatello et al. 2019.
        factors: Whole numbers, `(n, factors)`.
        test_codes: Codes to test on, `(m, dims)`, 5,000 in Locatello et al. 2019. By
            default a third of `codes`, at random, is held out.
        test_factors: Their factors, `(m, factors)`.
        seed: Seed of the solver and of what is held out.

    Returns:
        In [0, 1]; nan for a code of one dimension, which has no second.

    Raises:
        ImportError: If scikit-learn is not installed.
        ValueError: If codes or factors are not as described, or a factor never varies.

    Reference:
        Kumar, Sattigeri & Balakrishnan 2018, "Variational Inference of Disentangled
        Latent Concepts from Unlabeled Observations", section 3; the classifier as in
        Locatello et al. 2019.
    """
    parts = held_out(codes, factors, test_codes, test_factors, seed)
    if parts.codes.shape[1] < 2:
        return float("nan")
    svm = import_scikit_learn("svm")
    scores = np.empty((parts.codes.shape[1], parts.factors.shape[1]))
    for i, j in np.ndindex(*scores.shape):
        machine = svm.LinearSVC(C=_C, class_weight="balanced", random_state=seed)
        machine.fit(parts.codes[:, i : i + 1], parts.factors[:, j])
        predicted = machine.predict(parts.test_codes[:, i : i + 1])
        scores[i, j] = np.mean(predicted == parts.test_factors[:, j])
    scores.sort(axis=0)
    return float(np.mean(scores[-1] - scores[-2]))
