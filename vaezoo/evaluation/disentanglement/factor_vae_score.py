"""The score of FactorVAE: which dimension stands still while a factor is fixed?"""

from typing import Any

import numpy as np

from vaezoo.evaluation.disentanglement.arguments import check_codes_and_factors
from vaezoo.evaluation.disentanglement.beta_vae_score import BATCH_SIZE
from vaezoo.evaluation.disentanglement.encoded_rows import Codes
from vaezoo.evaluation.disentanglement.factor_rows import FactorRows
from vaezoo.integers import check_count

THRESHOLD = 0.05
"""Standard deviation below which a dimension does not vote."""

_VOTES_AT_A_TIME = 256


def factor_vae_score(
    codes: Any,
    factors: Any,
    num_train: int = 10_000,
    num_test: int = 5_000,
    num_variance: int = 10_000,
    batch_size: int = BATCH_SIZE,
    threshold: float = THRESHOLD,
    seed: int = 0,
) -> float:
    """The disentanglement score of FactorVAE.

    A batch of images shares the value of one factor. The dimension of the code that
    varies least in it, relative to its variance over all images, is one vote; a
    dimension predicts the factor for which it was voted most often. A code that is the
    factors has 1, one that knows nothing of them about 1 / factors.

    Args:
        codes: `(n, dims)`, to draw batches from, with replacement: at best of all
            combinations of factors, see `FactorRows` for what other sets mean.
        factors: Whole numbers, `(n, factors)`.
        num_train: Votes that say what each dimension predicts.
        num_test: Votes to test on.
        num_variance: Images for the variance over all images.
        batch_size: Images a vote.
        threshold: Dimensions of a smaller standard deviation over all images are left
            out.
        seed: Seed of the draws.

    Returns:
        Test accuracy; 0 if all dimensions are left out, nan for one factor, among
        which there is nothing to tell.

    Raises:
        ValueError: If codes or factors are not as described, or a factor never varies.

    Reference:
        Kim & Mnih 2018, "Disentangling by Factorising", section 4; settings of
        Locatello et al. 2019.
    """
    codes, factors = check_codes_and_factors(codes, factors)
    rows = FactorRows(factors)
    return factor_vae_score_of(
        codes, rows, num_train, num_test, num_variance, batch_size, threshold, seed
    )


def factor_vae_score_of(
    codes: Codes,
    rows: FactorRows,
    num_train: int,
    num_test: int,
    num_variance: int,
    batch_size: int,
    threshold: float,
    seed: int,
) -> float:
    """The score for codes that may be made when they are asked for.

    Args:
        codes: What gives the codes of rows.
        rows: What draws rows.
        num_train: As for `factor_vae_score`.
        num_test: As for `factor_vae_score`.
        num_variance: As for `factor_vae_score`.
        batch_size: As for `factor_vae_score`.
        threshold: As for `factor_vae_score`.
        seed: As for `factor_vae_score`.
    """
    num_train = check_count("num_train", num_train, 1)
    num_test = check_count("num_test", num_test, 1)
    num_variance = check_count("num_variance", num_variance, 2)
    batch_size = check_count("batch_size", batch_size, 2)
    if rows.factors.shape[1] < 2:
        return float("nan")
    rng = np.random.default_rng(seed)
    variances = _variances(codes[rows.draw(num_variance, rng)])
    active = np.flatnonzero(np.sqrt(variances) >= threshold)
    active = active[variances[active] > 0.0]  # also for a threshold of 0
    if not active.size:
        return 0.0
    fixed = rows.draw_factors(num_train + num_test, rng)
    least = _least_varying(codes, rows, fixed, batch_size, variances, active, rng)
    # Votes for each factor (row) of each dimension (column).
    train = np.zeros((rows.factors.shape[1], len(active)), np.int64)
    np.add.at(train, (fixed[:num_train], least[:num_train]), 1)
    predicted = train.argmax(axis=0)[least[num_train:]]
    return float(np.mean(predicted == fixed[num_train:]))


def _least_varying(
    codes: Codes,
    rows: FactorRows,
    fixed: np.ndarray,
    batch_size: int,
    variances: np.ndarray,
    active: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Which of the active dimensions varies least in each batch, `(fixed,)`."""
    least = np.empty(len(fixed), np.int64)
    for start in range(0, len(fixed), _VOTES_AT_A_TIME):
        part = fixed[start : start + _VOTES_AT_A_TIME]
        first = rows.draw((len(part), 1), rng)
        batch = rows.matching(np.repeat(first, batch_size, axis=1), part, rng)
        relative = _variances(codes[batch])[:, active] / variances[active]
        least[start : start + len(part)] = relative.argmin(axis=1)
    return least


def _variances(codes: np.ndarray) -> np.ndarray:
    """Variance of each dimension, `(..., n, dims)` to `(..., dims)`."""
    return codes.var(axis=-2, ddof=1, dtype=np.float64)
