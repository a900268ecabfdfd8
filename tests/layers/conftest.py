import numpy as np
import pytest


@pytest.fixture(scope="session")
def assert_levels_follow():
    """A chi-square test of drawn pixels, (draws,), against the masses of 256 levels."""

    def check(drawn, masses):
        level = np.round(drawn * 255)
        np.testing.assert_allclose(drawn * 255, level, atol=1e-4)
        expected = len(drawn) * np.asarray(masses, "float64")
        observed = np.bincount(level.astype(int), minlength=256)
        often = expected > 10
        rest = observed[~often].sum()
        assert abs(rest - expected[~often].sum()) <= 5 * np.sqrt(rest + 1)
        statistic = ((observed - expected)[often] ** 2 / expected[often]).sum()
        assert abs(statistic - often.sum()) < 5 * np.sqrt(2 * often.sum())

    return check
