import numpy as np
import pytest

from vaezoo.plotting import attribute_direction

SMILE, SEX = np.array([1.0, 0.0, 0.0]), np.array([0.0, 2.0, 0.0])


def people(counts):
    """Codes that are smile + sex, of so many people of each kind."""
    kinds = np.repeat([(0, 0), (0, 1), (1, 0), (1, 1)], counts, axis=0)
    codes = kinds[:, :1] * SMILE + kinds[:, 1:] * SEX + 5.0
    return codes, kinds[:, 0], kinds[:, 1]


def test_the_difference_of_the_means():
    codes, smile, sex = people([10, 10, 10, 10])
    np.testing.assert_allclose(attribute_direction(codes, smile), SMILE)
    np.testing.assert_allclose(attribute_direction(codes, sex == 1), SEX)


def test_correlated_attributes_bleed_into_each_other_unless_balanced():
    codes, smile, sex = people([30, 10, 10, 50])
    bled = attribute_direction(codes, smile)
    np.testing.assert_allclose(bled, SMILE + (50 / 60 - 10 / 40) * SEX)
    balanced = attribute_direction(codes, smile, balance=sex)
    np.testing.assert_allclose(balanced, SMILE, atol=1e-12)


def test_balancing_is_repeating_the_smaller_groups():
    random = np.random.default_rng(0)
    smile, sex = random.integers(0, 2, (2, 60))
    codes = random.normal(size=(60, 3))
    groups = [np.flatnonzero((smile == a) & (sex == b)) for a in (0, 1) for b in (0, 1)]
    size = np.lcm.reduce([len(group) for group in groups])
    rows = np.concatenate([np.resize(group, size) for group in groups])
    repeated = attribute_direction(codes[rows], smile[rows])
    np.testing.assert_allclose(attribute_direction(codes, smile, sex), repeated)


def test_several_attributes_are_balanced_together():
    random = np.random.default_rng(0)
    a, b, c = np.indices((2, 2, 2)).reshape(3, 8)
    rows = np.repeat(np.arange(8), random.integers(1, 9, 8))
    codes = np.stack([a, 3 * b, 5 * c], axis=1)[rows].astype(float)
    balance = np.stack([b, c], axis=1)[rows]
    found = attribute_direction(codes, a[rows], balance)
    np.testing.assert_allclose(found, [1.0, 0.0, 0.0], atol=1e-12)


def test_a_group_without_both_is_left_out():
    codes, smile, sex = people([5, 5, 5, 0])
    np.testing.assert_allclose(attribute_direction(codes, smile, sex), SMILE)


@pytest.mark.parametrize(
    ("codes", "attribute", "balance", "message"),
    [
        ([[0.0], [1.0]], [1, 1], None, "with the attribute and images without.*2 of 2"),
        ([[0.0], [1.0]], [0, 1], [0, 1], "at least one of the groups"),
        ([[0.0], [1.0]], [0, 1, 1], None, r"`attribute` of 2 rows.*Received: shape"),
        ([[0.0], [1.0]], [0, 2], None, "0 and 1.*Received"),
        ([[0.0], [1.0]], [0, 1], [1], "`balance` of 2 rows"),
        ([0.0, 1.0], [0, 1], None, r"`codes` of shape.*Received: shape \(2,\)"),
        ([[np.nan], [1.0]], [0, 1], None, "`codes` to be finite"),
        ("codes", [0, 1], None, "array of numbers.*Received: str"),
    ],
)
def test_bad_arguments_are_refused(codes, attribute, balance, message):
    with pytest.raises(ValueError, match=message):
        attribute_direction(codes, attribute, balance)
