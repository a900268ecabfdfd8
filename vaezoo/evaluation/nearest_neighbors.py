"""The nearest training images of samples: has the model memorized them?"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from vaezoo.evaluation.feature_arrays import squared_distances
from vaezoo.evaluation.measurement import Evaluation, Measurement, mean_and_error
from vaezoo.images import check_images
from vaezoo.integers import check_count

# A copy of a training image is nearer than all but this share of unseen images.
_NEAR = 0.01
# Candidates beside the k that are asked for, whose distances are then taken exactly.
_SPARE = 8

Features = Callable[[np.ndarray], np.ndarray]


class Neighbors(NamedTuple):
    """The nearest images of samples, nearest first.

    Attributes:
        indices: Which images, int64 `(n, k)`.
        distances: Euclidean distances, float64 `(n, k)`.
    """

    indices: np.ndarray
    distances: np.ndarray


def nearest_neighbors(
    samples: Any, images: Any, k: int = 1, features: Features | None = None
) -> Neighbors:
    """Finds the images that are nearest to samples.

    Args:
        samples: uint8 or floats in [0, 1], `(n, height, width, channels)`.
        images: The same, `(m, height, width, channels)`, such as the training images.
        k: How many neighbours.
        features: What to compare, such as `classifier.features`: from images to
            `(n, dims)`; by default the pixels, in [0, 1].

    Returns:
        The `Neighbors`.

    Raises:
        ValueError: If the shapes differ, or there are fewer than k images.
    """
    images = check_images(images)
    samples = check_images(samples, images.shape[1:])
    k = check_count("k", k, least=1)
    if k > len(images):
        raise ValueError(
            f"Expected at most as many neighbours as images. "
            f"Received: k={k}, {len(images)} images"
        )
    return _nearest(_vectors(samples, features), _vectors(images, features), k)


def memorization(
    samples: Any, train_images: Any, test_images: Any, features: Features | None = None
) -> Evaluation:
    """Compares the nearest training images of samples with those of unseen images.

    A model that has learned the distribution draws samples about as far from the
    training images as test images are. If it repeats training images, samples are
    nearer, and more than 1 % of them are nearer than 1 % of the test images. The means
    that a VAE samples are smoother than images, and smooth images are nearer to
    everything: look at the pairs, and compare in the features of a classifier too.

    Args:
        samples: Drawn images, uint8 or floats in [0, 1],
            `(n, height, width, channels)`.
        train_images: What the model was trained on, `(m, height, width, channels)`.
        test_images: What it was not, `(l, height, width, channels)`.
        features: As for `nearest_neighbors`.

    Returns:
        An `Evaluation`: `sample_distance` and `test_distance`, means of the distance to
        the nearest training image, and `near_copies`, the share of samples that are
        nearer than 1 % of the test images are.

    Raises:
        ValueError: If the shapes differ.
    """
    train = check_images(train_images)
    drawn = nearest_neighbors(samples, train, 1, features).distances[:, 0]
    unseen = nearest_neighbors(test_images, train, 1, features).distances[:, 0]
    where = "in pixels" if features is None else "in features"
    protocol = f"to the nearest of {len(train)} training images, Euclidean, {where}"
    measurements = [
        _distance("sample_distance", drawn, f"samples {protocol}"),
        _distance("test_distance", unseen, f"test images {protocol}"),
    ]
    near = (drawn < np.quantile(unseen, _NEAR)).astype(np.float64)
    value, error = mean_and_error(near)
    near_copies = Measurement(
        "near_copies",
        value,
        "share",
        f"samples nearer than {_NEAR:.0%} of {len(unseen)} test images are; {protocol}",
        len(drawn),
        error,
    )
    return Evaluation((*measurements, near_copies))


def _distance(name: str, values: np.ndarray, protocol: str) -> Measurement:
    value, error = mean_and_error(values)
    return Measurement(name, value, "distance", protocol, len(values), error)


def _vectors(images: np.ndarray, features: Features | None) -> np.ndarray:
    if features is not None:
        return np.asarray(features(images), np.float32)
    vectors = images.reshape(len(images), -1).astype(np.float32)
    return vectors / np.float32(255.0) if images.dtype == np.uint8 else vectors


def _nearest(first: np.ndarray, second: np.ndarray, k: int) -> Neighbors:
    indices = np.empty((len(first), k), np.int64)
    distances = np.empty((len(first), k))
    count = min(k + _SPARE, len(second))
    for rows, squares in squared_distances(first, second):
        candidates = np.argpartition(squares, count - 1, axis=1)[:, :count]
        candidates.sort(axis=1)  # Of equal ones, the first image comes first.
        for i, nearest in zip(range(rows.start, rows.stop), candidates, strict=True):
            exact = (second[nearest].astype(np.float64) - first[i]) ** 2
            exact = np.sqrt(exact.sum(axis=1))
            order = np.argsort(exact, kind="stable")[:k]
            indices[i], distances[i] = nearest[order], exact[order]
    return Neighbors(indices, distances)
