import subprocess
import sys

import numpy as np
import pytest

from vaezoo import random, row_seeds


@pytest.mark.parametrize("seed", [0, 1, -1, 2**63 - 1, -(2**63)])
def test_they_are_those_of_the_graphs(seed):
    seeds = row_seeds.standardize_seeds(seed, 9)
    np.testing.assert_array_equal(seeds, random.row_seeds(seed, 9))


def test_given_and_fresh_seeds():
    assert row_seeds.standardize_seeds([3, -4], None).tolist() == [3, -4]
    assert row_seeds.standardize_seeds(np.array([5]), 1).dtype == np.int64
    first, second = (row_seeds.standardize_seeds(None, 4) for _ in range(2))
    assert set(first.tolist()).isdisjoint(second.tolist())


@pytest.mark.parametrize(
    ("seed", "count", "match"),
    [
        (1, None, "neither"),
        (1, 0, "positive integer"),
        (1, True, "positive integer"),
        ([1, 2], 3, "one seed a row, 3. Received: 2"),
        ([], None, "at least one"),
        (1.0, 2, "64-bit integer"),
        (True, 2, "64-bit integer"),
        (2**63, 2, "64-bit integer"),
        ([1, -(2**63) - 1], None, "64-bit integer"),
    ],
)
def test_what_is_no_seed(seed, count, match):
    with pytest.raises(ValueError, match=match):
        row_seeds.standardize_seeds(seed, count)


def test_it_takes_no_tensorflow():
    code = "import sys, vaezoo.row_seeds; assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
