import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier

from vaezoo.evaluation import dci
from vaezoo.evaluation.disentanglement.dci import completeness_of, disentanglement_of

EYE = np.eye(5)


@pytest.mark.parametrize(
    ("importance", "disentanglement", "completeness"),
    [
        (5.0 * EYE, 1.0, 1.0),
        (np.vstack([EYE, EYE]), 1.0, 1.0 - np.log(2) / np.log(10)),
        (np.hstack([EYE, EYE]), 1.0 - np.log(2) / np.log(10), 1.0),
        (np.vstack([EYE[:2], np.zeros((1, 5))])[:, :2], 1.0, 1.0),
        (np.ones((3, 4)), 0.0, 0.0),
        (np.zeros((3, 4)), 0.0, 0.0),
    ],
    ids=["diagonal", "duplicated", "two factors", "dead", "even", "nothing"],
)
def test_importances_whose_scores_are_known(importance, disentanglement, completeness):
    assert disentanglement_of(importance) == pytest.approx(disentanglement, abs=1e-8)
    assert completeness_of(importance) == pytest.approx(completeness, abs=1e-8)


def test_scores_by_hand():
    importance = np.array([[0.9, 0.2], [0.1, 0.8]])
    rows = [1 - _bits([0.9 / 1.1, 0.2 / 1.1]), 1 - _bits([0.1 / 0.9, 0.8 / 0.9])]
    expected = rows[0] * 1.1 / 2.0 + rows[1] * 0.9 / 2.0
    assert disentanglement_of(importance) == pytest.approx(expected, abs=1e-8)
    columns = [1 - _bits([0.9, 0.1]), 1 - _bits([0.2, 0.8])]
    assert completeness_of(importance) == pytest.approx(np.mean(columns), abs=1e-8)


def _bits(shares):
    return -sum(share * np.log2(share) for share in shares)


@pytest.fixture(scope="module")
def identity(many):
    return dci(many[:200], many[:200], many[200:300], many[200:300])


def test_the_factors_themselves(identity):
    assert identity.disentanglement == pytest.approx(1.0, abs=1e-6)
    assert identity.completeness == pytest.approx(1.0, abs=1e-6)
    assert identity.informativeness == identity.informativeness_train == 1.0
    np.testing.assert_allclose(identity.importance, np.eye(3), atol=1e-9)


def test_duplicated_codes_stay_disentangled_and_are_not_complete(many):
    twice = np.hstack([many, many])
    scores = dci(twice[:200], many[:200], twice[200:300], many[200:300])
    assert scores.disentanglement == pytest.approx(1.0, abs=1e-6)
    # Trees take one of two equal dimensions at random: about half of the time each.
    assert scores.completeness == pytest.approx(1 - np.log(2) / np.log(6), abs=0.03)
    assert scores.informativeness == 1.0


def test_noise_is_at_the_floor(noise, many):
    scores = dci(noise[:400], many[:400], noise[400:], many[400:])
    assert scores.disentanglement < 0.05
    assert scores.completeness < 0.05
    chance = np.mean([1 / 4, 1 / 3, 1 / 5])
    assert scores.informativeness == pytest.approx(chance, abs=0.06)


def test_importances_are_those_of_the_trees(mixed, many):
    scores = dci(mixed[:200], many[:200], mixed[200:300], many[200:300], seed=5)
    accuracies = []
    for j in range(3):
        trees = GradientBoostingClassifier(random_state=5)
        trees.fit(mixed[:200], many[:200, j])
        np.testing.assert_array_equal(
            scores.importance[:, j], trees.feature_importances_
        )
        accuracies.append(trees.score(mixed[200:300], many[200:300, j]))
    assert scores.informativeness == pytest.approx(np.mean(accuracies))
    assert scores.informativeness < scores.informativeness_train
    assert (scores.importance[4] == 0.0).all()  # the constant


def test_a_third_is_held_out_by_default(mixed, many):
    first = dci(mixed[:150], many[:150, :2], seed=1)
    again = dci(mixed[:150], many[:150, :2], seed=1)
    np.testing.assert_array_equal(first.importance, again.importance)
    assert first.informativeness == again.informativeness
    assert (first.informativeness * 100) % 1 == pytest.approx(0.0, abs=1e-9)  # 2 x 50
    other = dci(mixed[:150], many[:150, :2], seed=2)
    assert (other.importance != first.importance).any()


def test_labels_are_the_same_in_training_and_test(many):
    # The test set lacks a value of the first factor: the others keep their numbers.
    test = many[many[:, 0] > 0][:100]
    assert dci(many[:100], many[:100], test, test).informativeness == 1.0


def test_scores_that_are_not_defined(many):
    one_factor = dci(many[:90], many[:90, 1:2])
    assert np.isnan(one_factor.disentanglement)
    assert one_factor.completeness == pytest.approx(1.0, abs=1e-6)
    one_dimension = dci(many[:90, 1:2], many[:90, 1:])
    assert np.isnan(one_dimension.completeness)
    assert one_dimension.informativeness < 1.0
