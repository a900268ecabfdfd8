"""MIG: is each factor in one dimension of the code?"""

from typing import Any

import numpy as np

from vaezoo.evaluation.disentanglement.arguments import check_codes_and_factors
from vaezoo.evaluation.disentanglement.mutual_information import (
    BINS,
    entropies,
    mutual_information,
)


def mutual_information_gap(codes: Any, factors: Any, bins: int = BINS) -> float:
    """The mutual information gap, MIG.

    For each factor, how much more the most informative dimension of the code tells of
    it than the second one, as a share of the factor's entropy; the mean over factors.
    A code that is the factors has 1 if no factor has more values than there are bins,
    a code with each dimension twice has 0.

    Args:
        codes: `(n, dims)`, 10,000 of them in Locatello et al. 2019.
        factors: Whole numbers, `(n, factors)`.
        bins: Number of bins of a dimension, of equal width.

    Returns:
        In [0, 1]; nan for a code of one dimension, which has no second.

    Raises:
        ValueError: If codes or factors are not as described, or a factor never varies.

    Reference:
        Chen et al. 2018, "Isolating Sources of Disentanglement in Variational
        Autoencoders", eq. 6.
    """
    codes, factors = check_codes_and_factors(codes, factors)
    if codes.shape[1] < 2:
        return float("nan")
    information = np.sort(mutual_information(codes, factors, bins), axis=0)
    gaps = information[-1] - information[-2]
    return float(np.mean(gaps / entropies(factors)))
