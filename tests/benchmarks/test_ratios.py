import pytest

from benchmarks.figures import figure, spread
from benchmarks.ratios import Spread, rates, ratio


def test_ratios_are_taken_round_by_round():
    # The second round was slow for both: the ratio of medians would hide it.
    ours = rates([{"count": n, "seconds": 2.0} for n in (200, 100, 240)])
    assert ours == [100.0, 50.0, 120.0]
    assert ratio(ours, [50.0, 20.0, 80.0]) == Spread(2.0, 1.5, 2.5)


def test_a_round_that_one_of_them_missed_does_not_count():
    assert ratio([2.0, 4.0, 6.0], [1.0, 1.0]) == Spread(3.0, 2.0, 4.0)
    assert ratio([2.0], []) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(12_345, "12,300"), (99.95, "100"), (8.217, "8.22"), (0.5, "0.500"), (57, "57.0")],
)
def test_figures_have_three_digits_that_count(value, text):
    assert figure(value) == text


def test_a_spread_has_its_range():
    assert spread(Spread(1.834, 1.75, 1.9)) == "1.83 (1.75 to 1.90)"
    assert spread(Spread(57.31, 50, 60)) == "57.3 (50.0 to 60.0)"
