"""Codes and factors to fit on, and others to test on."""

from typing import Any, NamedTuple

import numpy as np

from vaezoo.evaluation.disentanglement.arguments import check_factors
from vaezoo.evaluation.representation import check_codes

TEST_PART = 3
"""Of codes without a test set one in so many is held out: 10,000 to 5,000."""


class HeldOut(NamedTuple):
    """Codes `(n, dims)` and factors `(n, factors)`, numbered alike in both parts."""

    codes: np.ndarray
    factors: np.ndarray
    test_codes: np.ndarray
    test_factors: np.ndarray


def held_out(
    codes: Any, factors: Any, test_codes: Any, test_factors: Any, seed: int
) -> HeldOut:
    """Checks training and test set, or makes them of one set.

    Args:
        codes: `(n, dims)`.
        factors: Whole numbers, `(n, factors)`.
        test_codes: `(m, dims)`; None holds out a third of the above.
        test_factors: `(m, factors)`, or None.
        seed: Seed of the choice of what is held out.

    Returns:
        The `HeldOut` parts.

    Raises:
        ValueError: If they do not fit together, or a factor never varies in training.
    """
    codes = check_codes(codes)
    factors = np.asarray(factors)
    if (test_codes is None) != (test_factors is None):
        raise ValueError(
            "Expected both test_codes and test_factors, or neither. "
            f"Received: test_codes={type(test_codes).__name__}, "
            f"test_factors={type(test_factors).__name__}"
        )
    if test_codes is None:
        factors = check_factors(factors, len(codes))
        return _split(codes, factors, seed)
    test_codes, test_factors = check_codes(test_codes), np.asarray(test_factors)
    if codes.shape[1] != test_codes.shape[1]:
        raise ValueError(
            "Expected codes of the same dimensions for training and test. "
            f"Received: shapes {codes.shape} and {test_codes.shape}"
        )
    check_factors(factors, len(codes))
    return HeldOut(codes, *_number_alike(factors, test_codes, test_factors))


def _number_alike(
    factors: np.ndarray, test_codes: np.ndarray, test_factors: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if test_factors.shape != (len(test_codes), factors.shape[1]):
        raise ValueError(
            f"Expected test factors of shape {(len(test_codes), factors.shape[1])}. "
            f"Received: shape {test_factors.shape}"
        )
    both = check_factors(np.concatenate([factors, test_factors]))
    return both[: len(factors)], test_codes, both[len(factors) :]


def _split(codes: np.ndarray, factors: np.ndarray, seed: int) -> HeldOut:
    order = np.random.default_rng(seed).permutation(len(codes))
    count = len(codes) // TEST_PART
    if count == 0:
        raise ValueError(
            f"Expected at least {TEST_PART} codes, to hold out a third. "
            f"Received: {len(codes)}"
        )
    test, train = order[:count], order[count:]
    check_factors(factors[train])
    return HeldOut(codes[train], factors[train], codes[test], factors[test])
