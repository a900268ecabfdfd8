"""What simple classifiers make of codes: is the class in them, and within reach?"""

from typing import Any

import numpy as np

from vaezoo.data import ImageData
from vaezoo.evaluation.measurement import Evaluation, Measurement, mean_and_error
from vaezoo.evaluation.representation import representation
from vaezoo.evaluation.scikit_learn import import_scikit_learn
from vaezoo.integers import check_count

_ITERATIONS = 1000


def linear_probe(
    represent: Any, train: Any, test: Any, regularization: float = 1.0
) -> Measurement:
    """Accuracy of logistic regression on the codes.

    Each dimension is standardized by its mean and standard deviation over the training
    codes first.

    Args:
        represent: A model, whose codes are its posterior means; any function from
            images to `(n, dims)`; or None if what follows are codes already.
        train: An `ImageData` with labels, or a tuple (images, labels).
        test: The same; the accuracy is that on these.
        regularization: Weight of half the squared norm of the coefficients, against the
            sum of the training images' negative log-likelihoods.

    Returns:
        `linear_probe_accuracy`, with its standard error over test images.

    Raises:
        ImportError: If scikit-learn is not installed.
        ValueError: If images and labels do not fit together, or there is one class.
    """
    return _linear(*_codes_and_labels(represent, train, test), regularization)


def nearest_neighbor_probe(
    represent: Any, train: Any, test: Any, k: int = 10
) -> Measurement:
    """Accuracy of a vote of the k training images with the nearest codes.

    Distances are Euclidean, the votes of equal weight; the smallest label wins a tie.

    Args:
        represent: As for `linear_probe`.
        train: As for `linear_probe`.
        test: As for `linear_probe`.
        k: How many neighbours vote.

    Returns:
        `nearest_neighbor_accuracy`, with its standard error over test images.

    Raises:
        ImportError: If scikit-learn is not installed.
        ValueError: If images and labels do not fit together, there is one class, or
            there are fewer than k training images.
    """
    return _neighbors(*_codes_and_labels(represent, train, test), k)


def probes(represent: Any, train: Any, test: Any, k: int = 10) -> Evaluation:
    """Both probes of the same codes, see `linear_probe`, `nearest_neighbor_probe`.

    Args:
        represent: As for `linear_probe`.
        train: As for `linear_probe`.
        test: As for `linear_probe`.
        k: How many neighbours vote.

    Returns:
        An `Evaluation` with `linear_probe_accuracy` and `nearest_neighbor_accuracy`.

    Raises:
        ImportError: If scikit-learn is not installed.
        ValueError: As for the two.
    """
    parts = _codes_and_labels(represent, train, test)
    return Evaluation((_linear(*parts, 1.0), _neighbors(*parts, k)))


def _linear(
    codes: np.ndarray,
    labels: np.ndarray,
    test_codes: np.ndarray,
    test_labels: np.ndarray,
    regularization: float,
) -> Measurement:
    number = isinstance(regularization, (int, float, np.number))
    if not (number and 0.0 < regularization < np.inf):
        raise ValueError(
            "Expected `regularization` to be a positive number. "
            f"Received: regularization={regularization!r}"
        )
    linear_model = import_scikit_learn("linear_model")
    mean, deviation = codes.mean(axis=0), codes.std(axis=0)
    # Rounding gives a constant dimension a deviation of its own.
    constant = np.ptp(codes, axis=0) == 0.0
    scale = np.where(constant, 0.0, 1.0 / np.where(constant, 1.0, deviation))
    classifier = linear_model.LogisticRegression(
        C=1.0 / regularization, max_iter=_ITERATIONS
    )
    classifier.fit((codes - mean) * scale, labels)
    right = classifier.predict((test_codes - mean) * scale) == test_labels
    how = f"logistic regression on standardized codes, L2 weight {regularization:g}"
    return _accuracy("linear_probe_accuracy", right, how, len(codes))


def _neighbors(
    codes: np.ndarray,
    labels: np.ndarray,
    test_codes: np.ndarray,
    test_labels: np.ndarray,
    k: int,
) -> Measurement:
    k = check_count("k", k, 1)
    if k > len(codes):
        raise ValueError(
            "Expected at most as many neighbours as training images. "
            f"Received: k={k}, {len(codes)} images"
        )
    neighbors = import_scikit_learn("neighbors")
    classifier = neighbors.KNeighborsClassifier(k).fit(codes, labels)
    right = classifier.predict(test_codes) == test_labels
    how = f"vote of the {k} nearest codes, Euclidean"
    return _accuracy("nearest_neighbor_accuracy", right, how, len(codes))


def _accuracy(name: str, right: np.ndarray, how: str, fitted: int) -> Measurement:
    value, error = mean_and_error(right)
    protocol = f"{how}, fitted on {fitted} images"
    return Measurement(name, value, "share", protocol, len(right), error)


def _codes_and_labels(
    represent: Any, train: Any, test: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    function = representation(represent)
    parts = []
    for name, data in (("train", train), ("test", test)):
        images, labels = _images_and_labels(name, data)
        parts += [function(images).astype(np.float64), labels]
    codes, labels, test_codes, _ = parts
    if codes.shape[1] != test_codes.shape[1]:
        raise ValueError(
            "Expected codes of the same dimensions for train and test. "
            f"Received: shapes {codes.shape} and {test_codes.shape}"
        )
    if len(np.unique(labels)) < 2:
        raise ValueError(
            "Expected training labels of at least two classes. "
            f"Received: label {labels[0]} alone"
        )
    return tuple(parts)


def _images_and_labels(name: str, data: Any) -> tuple[Any, np.ndarray]:
    if isinstance(data, ImageData):
        images, labels = data.images, data.labels
    elif isinstance(data, tuple) and len(data) == 2:
        images, labels = data
    else:
        images, labels = data, None
    if labels is None:
        raise ValueError(
            f"Expected `{name}` to be ImageData with labels or a tuple (images, "
            f"labels). Received: {data!r:.80}"
        )
    labels = np.asarray(labels)
    if labels.shape != (len(images),) or labels.dtype.kind not in "iub":
        raise ValueError(
            f"Expected one integer label an image in `{name}`, shape "
            f"({len(images)},). Received: shape {labels.shape}, dtype {labels.dtype}"
        )
    return images, labels
