import numpy as np
import pytest

from vaezoo.evaluation import feature_arrays, precision_recall


def normal(seed, count=60, dims=4, center=0.0):
    return np.random.default_rng(seed).normal(center, 1.0, (count, dims))


def by_definition(real, generated, k):
    """Kynkäänniemi et al. 2019, eq. 1 to 3, pair by pair."""

    def inside(points, manifold):
        between = np.linalg.norm(manifold[:, None] - manifold[None], axis=-1)
        radii = np.sort(between, axis=1)[:, k]  # 0 is the distance to itself
        distances = np.linalg.norm(points[:, None] - manifold[None], axis=-1)
        return (distances <= radii).any(axis=1).mean()

    return inside(generated, real), inside(real, generated)


@pytest.mark.parametrize("neighbors", [1, 3, 5])
@pytest.mark.parametrize("rows", [7, 1000])
def test_they_are_their_definition(neighbors, rows, monkeypatch):
    monkeypatch.setattr(feature_arrays, "_ROWS", rows)
    real, generated = normal(0), 0.7 * normal(1, 50) + 0.8
    expected = by_definition(real, generated, neighbors)
    assert precision_recall(real, generated, neighbors) == pytest.approx(expected)
    assert min(expected) > 0.0
    assert max(expected) < 1.0


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_identical_sets(offset):
    features = (normal(2) + offset).astype("float32")
    assert precision_recall(features, features) == (1.0, 1.0)


def test_images_that_occur_often():
    features = np.repeat(normal(3, 10), 5, axis=0) + 100.0
    assert precision_recall(features, features[::5]) == (1.0, 1.0)


def test_disjoint_sets():
    assert precision_recall(normal(4), normal(5, center=100.0)) == (0.0, 0.0)


def test_one_mode_of_two_is_precise_and_recalls_half():
    one, other = normal(6), normal(7, center=50.0)
    both = np.concatenate([one, other])
    dropped = precision_recall(both, one[:40])
    assert dropped.precision == 1.0
    assert 0.3 < dropped.recall <= 0.5
    invented = precision_recall(one, both)
    assert invented.recall == 1.0
    assert invented.precision == 0.5


def test_a_set_that_has_collapsed_has_no_recall():
    collapsed = np.tile(normal(8, 1), (60, 1))
    result = precision_recall(normal(9), collapsed)
    assert result.recall == 0.0


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="with 4 rows or more"):
        precision_recall(normal(0, 3), normal(1))
    with pytest.raises(ValueError, match=r"`neighbors`.*Received: neighbors=0"):
        precision_recall(normal(0), normal(1), 0)
