"""Tables of factors on which the scores are known."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def grid():
    """Every combination of three factors, of 4, 3 and 5 values."""
    return np.indices((4, 3, 5)).reshape(3, -1).T


@pytest.fixture(scope="session")
def many(grid):
    """The grid 20 times over, in random order: factors that are exactly independent."""
    return np.random.default_rng(1).permutation(np.tile(grid, (20, 1)))


@pytest.fixture(scope="session")
def noise(many):
    """Codes that know nothing of the factors."""
    return np.random.default_rng(2).normal(size=(len(many), 4))


@pytest.fixture(scope="session")
def mixed(many):
    """Codes that know something of several factors, a constant among them."""
    rng = np.random.default_rng(3)
    codes = np.tanh(many @ rng.normal(size=(3, 5)) / 3)
    codes += 0.1 * rng.normal(size=codes.shape)
    codes[:, 4] = 0.3
    return codes
