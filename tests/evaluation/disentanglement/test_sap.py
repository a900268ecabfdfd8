import numpy as np
import pytest
from sklearn.svm import LinearSVC

from vaezoo.evaluation import sap


@pytest.fixture(scope="module")
def binary():
    """Two factors of two values, all combinations equally often."""
    table = np.tile(np.indices((2, 2)).reshape(2, -1).T, (60, 1))
    return table


def test_the_factors_themselves_have_one_minus_chance(binary):
    assert sap(binary, binary, binary, binary) == pytest.approx(0.5)
    spread = 10.0 * binary - 3.0
    assert sap(spread, binary, spread, binary) == pytest.approx(0.5)


def test_duplicated_codes_have_zero(binary, mixed, many):
    twice = np.hstack([binary, binary])
    assert sap(twice, binary, twice, binary) == 0.0
    twice = np.hstack([mixed[:, :2], mixed[:, :2]])
    assert sap(twice[:300], many[:300], twice[300:600], many[300:600]) == 0.0


def test_noise_is_at_the_floor(noise, many):
    assert sap(noise[:600], many[:600], noise[600:], many[600:]) < 0.06


def test_scores_are_those_of_the_machines(mixed, many):
    train, test = slice(0, 400), slice(400, 700)
    gaps = []
    for j in range(3):
        accuracies = []
        for i in range(5):
            machine = LinearSVC(C=0.01, class_weight="balanced")
            machine.fit(mixed[train, i, None], many[train, j])
            accuracies.append(machine.score(mixed[test, i, None], many[test, j]))
        best, second = sorted(accuracies, reverse=True)[:2]
        gaps.append(best - second)
    result = sap(mixed[train], many[train], mixed[test], many[test])
    assert result == pytest.approx(np.mean(gaps))
    assert result > 0.02


def test_permuted_dimensions_and_another_seed_change_nothing(mixed, many):
    parts = mixed[:400], many[:400], mixed[400:700], many[400:700]
    expected = sap(*parts)
    order = [3, 0, 4, 2, 1]
    permuted = sap(mixed[:400, order], many[:400], mixed[400:700, order], parts[3])
    assert permuted == pytest.approx(expected)
    assert sap(*parts, seed=3) == pytest.approx(expected)


def test_one_dimension_has_no_second(many):
    assert np.isnan(sap(many[:, :1], many))
    assert 0.0 < sap(many, many[:, :1]) < 1.0
