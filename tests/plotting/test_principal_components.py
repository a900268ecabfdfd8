import numpy as np

from vaezoo.plotting.principal_components import principal_components


def test_the_axes_of_an_ellipse():
    random = np.random.default_rng(0)
    axes = np.linalg.qr(random.normal(size=(6, 6)))[0]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(6)])
    weights = random.normal(size=(500, 6))
    weights = np.linalg.qr(weights - weights.mean(axis=0))[0] * [6, 3, 2, 1, 1, 1]
    found = principal_components(weights @ axes.T + 7.0)
    np.testing.assert_allclose(found.positions, weights[:, :2], atol=1e-10)
    np.testing.assert_allclose(found.share, np.array([36, 9]) / 52)


def test_of_other_points():
    codes = np.random.default_rng(0).normal(size=(50, 3)) * [1.0, 2.0, 9.0]
    points = np.array([[0.0, 0.0, 5.0], [1.0, 2.0, 5.0], [3.0, -1.0, 5.0]])
    positions, share = principal_components(codes, points)
    variance = codes.var(axis=0)
    np.testing.assert_allclose(share.sum(), variance[:2].sum() / variance.sum())
    assert positions.shape == (50, 2)


def test_one_dimension_and_no_variance():
    positions, share = principal_components(np.array([[1.0], [3.0]]))
    np.testing.assert_allclose(positions, [[-1, 0], [1, 0]])
    np.testing.assert_allclose(share, [1, 0])
    assert principal_components(np.ones((3, 4))).share.tolist() == [0, 0]
