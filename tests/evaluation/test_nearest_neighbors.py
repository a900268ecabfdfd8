import numpy as np
import pytest

from vaezoo.evaluation import feature_arrays, memorization, nearest_neighbors

SHAPE = (5, 4, 1)


def drawn(seed, count):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, *SHAPE)).astype("uint8")


@pytest.mark.parametrize("k", [1, 3, 40])
def test_they_are_the_nearest_by_euclidean_distance(k, monkeypatch):
    monkeypatch.setattr(feature_arrays, "_ROWS", 6)
    images, samples = drawn(0, 40), drawn(1, 15) / 255.0
    between = (images / 255.0)[None] - samples[:, None]
    distances = np.sqrt((between.reshape(15, 40, -1) ** 2).sum(axis=-1))
    neighbors = nearest_neighbors(samples, images, k)
    expected = np.argsort(distances, axis=1)[:, :k]
    np.testing.assert_array_equal(neighbors.indices, expected)
    expected = np.sort(distances, axis=1)[:, :k]
    np.testing.assert_allclose(neighbors.distances, expected, rtol=1e-6)


def test_a_copy_is_found_at_distance_0():
    images = drawn(2, 30)
    images[20] = images[7]
    neighbors = nearest_neighbors(images[[20, 3]], images, 2)
    np.testing.assert_array_equal(neighbors.indices[0], [7, 20])
    np.testing.assert_array_equal(neighbors.distances[0], [0.0, 0.0])
    assert neighbors.indices[1, 0] == 3
    assert neighbors.distances[1, 1] > 0.1


def test_distances_of_features():
    images, samples = drawn(3, 20), drawn(4, 5)
    neighbors = nearest_neighbors(
        samples, images, features=lambda x: x.reshape(len(x), -1).mean(1)[:, None]
    )
    means = images.mean(axis=(1, 2, 3)), samples.mean(axis=(1, 2, 3))
    expected = np.abs(means[1][:, None] - means[0]).min(axis=1)
    np.testing.assert_allclose(neighbors.distances[:, 0], expected, rtol=1e-4)


def test_memorized_images_stand_out():
    train, test = drawn(5, 200), drawn(6, 100)
    honest = memorization(drawn(7, 100), train, test)
    assert honest["near_copies"].value <= 0.1
    sample, unseen = honest["sample_distance"], honest["test_distance"]
    error = np.hypot(sample.standard_error, unseen.standard_error)
    assert sample.value == pytest.approx(unseen.value, abs=4 * error)
    half = np.concatenate([train[:50], drawn(7, 50)])
    copied = memorization(half, train, test)
    assert copied["near_copies"].value >= 0.5
    assert copied["sample_distance"].value < 0.6 * unseen.value
    assert (copied["near_copies"].n, unseen.n) == (100, 100)
    assert "200 training images" in unseen.protocol


def test_arguments_are_checked():
    with pytest.raises(ValueError, match=r"shape \(5, 4, 1\)"):
        nearest_neighbors(np.zeros((2, 4, 4, 1)), drawn(0, 3))
    with pytest.raises(ValueError, match="Received: k=4, 3 images"):
        nearest_neighbors(drawn(0, 3), drawn(0, 3), 4)
    with pytest.raises(ValueError, match="Received: k=0"):
        nearest_neighbors(drawn(0, 3), drawn(0, 3), 0)
