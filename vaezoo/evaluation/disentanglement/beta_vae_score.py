"""The score of beta-VAE: does the code tell which factor two images share?"""

import warnings
from typing import Any

import numpy as np

from vaezoo.evaluation.disentanglement.arguments import check_codes_and_factors
from vaezoo.evaluation.disentanglement.encoded_rows import Codes
from vaezoo.evaluation.disentanglement.factor_rows import FactorRows
from vaezoo.evaluation.scikit_learn import import_scikit_learn
from vaezoo.integers import check_count

BATCH_SIZE = 64
_VOTES_AT_A_TIME = 256


def beta_vae_score(
    codes: Any,
    factors: Any,
    num_train: int = 10_000,
    num_test: int = 5_000,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
) -> float:
    """The disentanglement score of beta-VAE.

    Pairs of images share one factor. The mean over a batch of pairs of the absolute
    difference of their codes is one point, from which logistic regression
    (scikit-learn's, with its defaults) predicts which factor it was. A code that is the
    factors has 1, one that knows nothing of them about 1 / factors.

    Args:
        codes: `(n, dims)`, to draw pairs from, with replacement: at best of all
            combinations of factors, see `FactorRows` for what other sets mean.
        factors: Whole numbers, `(n, factors)`.
        num_train: Points to fit on.
        num_test: Points to test on.
        batch_size: Pairs a point.
        seed: Seed of the draws and of the solver.

    Returns:
        Test accuracy; nan for one factor, among which there is nothing to tell.

    Raises:
        ImportError: If scikit-learn is not installed.
        ValueError: If codes or factors are not as described, or a factor never varies.

    Reference:
        Higgins et al. 2017, "beta-VAE: Learning Basic Visual Concepts with a
        Constrained Variational Framework", section 3; settings of Locatello et al.
        2019.
    """
    codes, factors = check_codes_and_factors(codes, factors)
    rows = FactorRows(factors)
    return beta_vae_score_of(codes, rows, num_train, num_test, batch_size, seed)


def beta_vae_score_of(
    codes: Codes,
    rows: FactorRows,
    num_train: int,
    num_test: int,
    batch_size: int,
    seed: int,
) -> float:
    """The score for codes that may be made when they are asked for.

    Args:
        codes: What gives the codes of rows.
        rows: What draws rows.
        num_train: As for `beta_vae_score`.
        num_test: As for `beta_vae_score`.
        batch_size: As for `beta_vae_score`.
        seed: As for `beta_vae_score`.
    """
    num_train = check_count("num_train", num_train, 1)
    num_test = check_count("num_test", num_test, 1)
    batch_size = check_count("batch_size", batch_size, 1)
    if rows.factors.shape[1] < 2:
        return float("nan")
    rng = np.random.default_rng(seed)
    labels = rows.draw_factors(num_train + num_test, rng)
    pieces = range(0, len(labels), _VOTES_AT_A_TIME)
    points = np.concatenate(
        [
            _points(codes, rows, labels[i : i + _VOTES_AT_A_TIME], batch_size, rng)
            for i in pieces
        ]
    )
    linear_model = import_scikit_learn("linear_model")
    model = linear_model.LogisticRegression(random_state=seed)
    with warnings.catch_warnings():
        # The protocol stops after 100 iterations, converged or not.
        category = import_scikit_learn("exceptions").ConvergenceWarning
        warnings.simplefilter("ignore", category)
        model.fit(points[:num_train], labels[:num_train])
    return float(model.score(points[num_train:], labels[num_train:]))


def _points(
    codes: Codes,
    rows: FactorRows,
    labels: np.ndarray,
    batch_size: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Mean absolute differences of pairs that share a factor, `(labels, dims)`."""
    first = rows.draw((len(labels), batch_size), rng)
    second = rows.matching(first, labels, rng)
    return np.abs(codes[first] - codes[second]).mean(axis=1, dtype=np.float64)
