import numpy as np
import pytest

from vaezoo.evaluation import beta_vae_score, factor_vae_score
from vaezoo.evaluation.disentanglement.factor_rows import FactorRows

OPTIONS = {"num_train": 600, "num_test": 400, "batch_size": 16}
SCORES = [beta_vae_score, factor_vae_score]
every_score = pytest.mark.parametrize("score", SCORES, ids=lambda s: s.__name__)


@every_score
def test_the_factors_themselves_have_one(score, grid):
    assert score(grid, grid, **OPTIONS) == 1.0
    assert score(np.hstack([grid, grid]), grid, **OPTIONS) == 1.0
    assert score(-2.0 * grid[:, [2, 0, 1]], grid, **OPTIONS) == 1.0
    constant = np.full((len(grid), 1), 0.3)
    assert score(np.hstack([constant, grid]), grid, **OPTIONS) == 1.0


@every_score
def test_noise_is_at_the_floor(score, noise, many):
    options = {"num_train": 2000, "num_test": 3000, "batch_size": 8}
    # Codes that belong to rows tell of values, if little: so few rows are distinct.
    value = score(noise, many, **options)
    assert value == pytest.approx(1 / 3, abs=0.06)


@every_score
def test_a_representation_that_misses_a_factor(score, grid):
    value = score(grid[:, :2], grid, **OPTIONS)
    if score is factor_vae_score:
        # The two dimensions predict two factors; the third is lost.
        assert value == pytest.approx(2 / 3, abs=0.08)
    else:
        assert value > 0.9  # that neither dimension stands still tells it


@every_score
def test_results_follow_the_seed(score, mixed, many):
    options = {**OPTIONS, "batch_size": 3}
    first = score(mixed, many, seed=1, **options)
    assert first == score(mixed, many, seed=1, **options)
    others = {score(mixed, many, seed=seed, **options) for seed in (2, 3, 4)}
    assert others != {first}


@every_score
def test_one_factor_has_nothing_to_tell(score, many):
    assert np.isnan(score(many, many[:, :1], **OPTIONS))


def test_dimensions_that_hardly_vary_do_not_vote(grid):
    assert factor_vae_score(1e-3 * grid, grid, **OPTIONS) == 0.0
    assert factor_vae_score(0.0 * grid, grid, **OPTIONS) == 0.0
    assert factor_vae_score(0.0 * grid, grid, threshold=0.0, **OPTIONS) == 0.0
    assert factor_vae_score(1e-3 * grid, grid, threshold=0.0, **OPTIONS) == 1.0
    # Their relative variance would be the least of all, always.
    rng = np.random.default_rng(0)
    frozen = 1.0 + 1e-9 * rng.normal(size=(len(grid), 1))
    assert factor_vae_score(np.hstack([frozen, grid]), grid, **OPTIONS) == 1.0


def test_the_votes_are_those_of_a_simple_loop(mixed, many):
    """Against the definition, written out with other random numbers."""
    rng = np.random.default_rng(11)
    batch, codes = 5, mixed[:, :4]
    variances = codes.var(axis=0, ddof=1)

    def vote():
        factor = rng.integers(3)
        value = many[rng.integers(len(many)), factor]
        rows = rng.choice(np.flatnonzero(many[:, factor] == value), batch)
        return factor, np.argmin(codes[rows].var(axis=0, ddof=1) / variances)

    votes = np.zeros((3, 4))
    for factor, dimension in (vote() for _ in range(3000)):
        votes[factor, dimension] += 1
    predicted = votes.argmax(axis=0)
    loop = np.mean(
        [predicted[i] == factor for factor, i in (vote() for _ in range(3000))]
    )
    value = factor_vae_score(codes, many, 3000, 6000, batch_size=batch)
    assert value == pytest.approx(loop, abs=0.04)
    assert 0.4 < value < 0.9


def test_matching_rows_share_the_factor_and_are_uniform(grid):
    rows = FactorRows(grid)
    rng = np.random.default_rng(0)
    first = rows.draw((3000, 4), rng)
    fixed = rows.draw_factors(3000, rng)
    second = rows.matching(first, fixed, rng)
    for j in range(3):
        pairs = grid[first[fixed == j]], grid[second[fixed == j]]
        np.testing.assert_array_equal(pairs[0][..., j], pairs[1][..., j])
        for other in {0, 1, 2} - {j}:
            values = pairs[1][..., other].ravel()
            shares = np.bincount(values) / len(values)
            np.testing.assert_allclose(shares, 1 / len(shares), atol=0.03)
            same = np.mean(pairs[0][..., other] == pairs[1][..., other])
            assert same == pytest.approx(1 / len(shares), abs=0.03)


def test_incomplete_tables_are_drawn_as_they_are():
    # Value 0 of the first factor goes together with value 0 of the second alone.
    table = np.array([[0, 0], [1, 0], [1, 1], [1, 2]])
    rows = FactorRows(table)
    rng = np.random.default_rng(0)
    first = np.zeros((500, 2), np.int64)
    second = rows.matching(first, np.zeros(500, np.int64), rng)
    assert (second == 0).all()
    second = rows.matching(first, np.ones(500, np.int64), rng)
    assert set(second.ravel()) == {0, 1}
