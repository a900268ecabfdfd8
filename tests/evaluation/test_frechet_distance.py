import numpy as np
import pytest
import scipy.linalg

from vaezoo.evaluation import frechet_distance, gaussian_frechet_distance


def random_gaussian(seed, dims=6, rank=None):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(dims, rank or dims))
    return rng.normal(size=dims), root @ root.T


def with_sqrtm(mean, covariance, other_mean, other_covariance):
    """The formula as Heusel et al. and their code write it."""
    product = scipy.linalg.sqrtm(covariance @ other_covariance)
    shift = ((mean - other_mean) ** 2).sum()
    return shift + np.trace(covariance + other_covariance - 2 * np.real(product))


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_formula_of_fid(seed):
    gaussians = *random_gaussian(seed), *random_gaussian(seed + 10)
    expected = with_sqrtm(*gaussians)
    assert gaussian_frechet_distance(*gaussians) == pytest.approx(expected, rel=1e-9)


def test_closed_form_of_commuting_covariances():
    rotation, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))
    first, second = np.array([4.0, 1.0, 0.25, 0.0]), np.array([1.0, 9.0, 0.0, 0.0])
    covariances = [(rotation * values) @ rotation.T for values in (first, second)]
    mean = np.array([1.0, -2.0, 0.0, 0.5])
    distance = gaussian_frechet_distance(
        mean, covariances[0], np.zeros(4), covariances[1]
    )
    expected = mean @ mean + ((np.sqrt(first) - np.sqrt(second)) ** 2).sum()
    assert distance == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_equal_gaussians_are_at_distance_0_also_singular_ones(scale):
    mean, covariance = random_gaussian(1, dims=30, rank=4)
    distance = gaussian_frechet_distance(
        mean, scale * covariance, mean, scale * covariance
    )
    assert 0.0 <= distance <= 1e-10 * scale * np.trace(covariance)


def test_it_is_symmetric_and_does_not_depend_on_the_axes():
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(40, 5)), rng.normal(1.0, 2.0, (50, 5))
    distance = frechet_distance(first, second)
    assert distance == pytest.approx(frechet_distance(second, first), rel=1e-10)
    rotation, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    moved = frechet_distance(first @ rotation + 7.0, second @ rotation + 7.0)
    assert distance == pytest.approx(moved, rel=1e-9)


def test_features_are_fitted_with_the_unbiased_covariance():
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(30, 3)), rng.exponential(size=(20, 3))
    expected = with_sqrtm(
        first.mean(0), np.cov(first.T), second.mean(0), np.cov(second.T)
    )
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-9)
    one = frechet_distance(first[:, :1], second[:, :1])
    deviations = first[:, 0].std(ddof=1) - second[:, 0].std(ddof=1)
    shift = first[:, 0].mean() - second[:, 0].mean()
    assert one == pytest.approx(shift**2 + deviations**2, rel=1e-9)


def test_the_bias_falls_with_the_number_of_rows():
    rng = np.random.default_rng(4)
    few, more = (
        np.mean([frechet_distance(*rng.normal(size=(2, n, 8))) for _ in range(10)])
        for n in (50, 500)
    )
    assert few / more == pytest.approx(10.0, rel=0.5)


def test_fewer_rows_than_dimensions():
    rng = np.random.default_rng(5)
    features = rng.normal(size=(7, 40)).astype("float32")
    assert frechet_distance(features, features) == pytest.approx(0.0, abs=1e-10)
    assert frechet_distance(features, rng.normal(size=(9, 40))) > 1.0


@pytest.mark.parametrize(
    "shapes", [((3, 2), (3, 3)), ((1, 2), (3, 2)), ((3,), (3,)), ((3, 0), (3, 0))]
)
def test_shapes_are_checked(shapes):
    with pytest.raises(ValueError, match=r"Expected two arrays.*Received: shapes"):
        frechet_distance(*map(np.ones, shapes))


def test_a_value_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="Received: NaN"):
        frechet_distance(np.ones((3, 2)), np.full((3, 2), np.nan))
