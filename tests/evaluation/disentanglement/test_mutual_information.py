import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score

from vaezoo.evaluation import (
    modularity,
    mutual_information,
    mutual_information_gap,
)
from vaezoo.evaluation.disentanglement.modularity import modularity_of
from vaezoo.evaluation.disentanglement.mutual_information import discretize, entropies


def numpy_bins(column, bins):
    """The discretization of Locatello et al. 2019, by NumPy's histogram."""
    return np.digitize(column, np.histogram(column, bins)[1][:-1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bins", [2, 7, 20])
def test_bins_are_those_of_a_histogram(mixed, dtype, bins):
    codes = mixed[:, :4].astype(dtype)
    codes[:, 3] = codes[:, 3].round(1)  # many of them on edges
    for column, binned in zip(codes.T, discretize(codes, bins), strict=True):
        np.testing.assert_array_equal(binned + 1, numpy_bins(column, bins))


def test_bins_by_hand():
    codes = np.array([[0.1, 7.0], [0.2, 7.0], [0.3, 7.0], [0.4, 7.0], [0.7, 7.0]])
    np.testing.assert_array_equal(
        discretize(codes, 3), [[0, 0, 1, 1, 2], [0, 0, 0, 0, 0]]
    )


def test_a_collapsed_dimension_may_vary_by_less_than_its_bins():
    start = np.float32(1.0)
    column = np.array([start, np.nextafter(start, np.float32(2)), start])[:, None]
    with pytest.raises(ValueError, match="bins"):
        np.histogram(column, 20)
    np.testing.assert_array_equal(discretize(column), [[0, 1, 0]])


def test_mutual_information_is_that_of_scikit_learn(mixed, many):
    result = mutual_information(mixed, many)
    for i, code in enumerate(mixed.T):
        for j, factor in enumerate(many.T):
            expected = mutual_info_score(factor, numpy_bins(code, 20))
            assert result[i, j] == pytest.approx(expected, abs=1e-12)
    assert result.shape == (5, 3)
    assert (result[4] == 0.0).all()


def test_information_that_is_known(grid):
    np.testing.assert_allclose(
        mutual_information(grid, grid), np.diag(np.log([4, 3, 5])), atol=1e-14
    )
    np.testing.assert_allclose(entropies(grid), np.log([4, 3, 5]))
    # Independent factors: nothing at all, not a rounding error.
    off_diagonal = ~np.eye(3, dtype=bool)
    assert (mutual_information(grid, grid)[off_diagonal] == 0.0).all()


def test_gap_of_the_factors_themselves_is_one(grid, many):
    assert mutual_information_gap(grid, grid) == pytest.approx(1.0)
    assert mutual_information_gap(-3.0 * many + 1.0, many) == pytest.approx(1.0)


def test_gap_of_more_values_than_bins_is_below_one():
    factors = np.indices((40, 2)).reshape(2, -1).T
    expected = (np.log(20) / np.log(40) + 1.0) / 2.0  # pairs of values share a bin
    assert mutual_information_gap(factors, factors) == pytest.approx(expected)
    assert mutual_information_gap(factors, factors, bins=40) == pytest.approx(1.0)


def test_gap_of_duplicated_codes_is_zero(mixed, many):
    assert mutual_information_gap(np.hstack([many, many]), many) == 0.0
    assert mutual_information_gap(np.hstack([mixed, mixed]), many) == 0.0


def test_gap_of_noise_is_near_zero(noise, many):
    assert 0.0 <= mutual_information_gap(noise, many) < 0.02


def test_gap_by_hand():
    # The first dimension is factor 0, the second their sum.
    factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    codes = np.stack([factors[:, 0], factors.sum(axis=1)], axis=1)
    half = 0.5 * np.log(2)  # the sum tells half a bit of each
    expected = ((np.log(2) - half) / np.log(2) + (half - 0.0) / np.log(2)) / 2
    assert mutual_information_gap(codes, factors) == pytest.approx(expected)


def test_a_constant_dimension_changes_no_gap(mixed, many):
    with_constant = mutual_information_gap(mixed, many)
    assert mutual_information_gap(mixed[:, :4], many) == pytest.approx(with_constant)


def test_modularity_that_is_known(grid, many, mixed):
    assert modularity(grid, grid) == pytest.approx(1.0)
    assert modularity(np.hstack([grid, grid]), grid) == pytest.approx(1.0)
    # A dead dimension counts as 0.
    dead = np.zeros((len(grid), 1))
    assert modularity(np.hstack([grid, dead]), grid) == pytest.approx(0.75)
    # A dimension that tells everything of two factors of equal size.
    pair = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert modularity(pair @ [[1], [2]], pair) == pytest.approx(0.0)


def test_modularity_by_hand():
    information = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    # 1 - 1 / (4 * 2); a dead one; one about all.
    assert modularity_of(information) == pytest.approx((0.875 + 0.0 + 0.0) / 3)


@pytest.mark.parametrize("score", [mutual_information_gap, modularity])
def test_permuted_dimensions_and_rows_change_nothing(score, mixed, many):
    rng = np.random.default_rng(0)
    expected = score(mixed, many)
    assert score(mixed[:, rng.permutation(5)], many) == pytest.approx(expected)
    assert score(mixed, many[:, rng.permutation(3)]) == pytest.approx(expected)
    rows = rng.permutation(len(many))
    assert score(mixed[rows], many[rows]) == pytest.approx(expected)
    assert score(mixed, 7 * many - 100) == pytest.approx(expected)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 4), st.integers(2, 5))
def test_scores_are_in_the_unit_interval(seed, dims, factors):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 3, (60, factors))
    table[:2] = [[0] * factors, [1] * factors]
    codes = rng.integers(0, 4, (60, dims)) * rng.normal(size=dims)
    assert 0.0 <= mutual_information_gap(codes, table) <= 1.0
    assert 0.0 <= modularity(codes, table) <= 1.0


def test_scores_that_are_not_defined(many):
    assert np.isnan(mutual_information_gap(many[:, :1], many))
    assert np.isnan(modularity(many, many[:, :1]))
    assert mutual_information_gap(many, many[:, :1]) == pytest.approx(1.0)
