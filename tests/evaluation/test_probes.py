import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import vaezoo
from vaezoo.data import ImageData
from vaezoo.evaluation import linear_probe, nearest_neighbor_probe, probes

SHAPE = (4, 3, 1)


def blobs(n, seed):
    """Three classes around three points, in the first two of four dimensions."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    centres = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    codes = np.concatenate([centres[labels], np.zeros((n, 2))], axis=1)
    codes[:, :3] += 0.7 * rng.normal(size=(n, 3))
    return codes, labels


TRAIN, TEST = blobs(200, 0), blobs(150, 1)


def test_classes_that_are_apart_are_found():
    result = probes(None, TRAIN, TEST)
    for name in ("linear_probe_accuracy", "nearest_neighbor_accuracy"):
        assert result[name].value > 0.97
        assert result[name].n == 150
    assert "fitted on 200 images" in result["linear_probe_accuracy"].protocol


def test_labels_by_chance_are_not():
    rng = np.random.default_rng(3)
    train = TRAIN[0], rng.integers(0, 2, 200)
    test = TEST[0], rng.integers(0, 2, 150)
    for measurement in probes(None, train, test).measurements:
        assert measurement.value == pytest.approx(0.5, abs=0.15)
        share = measurement.value
        error = np.sqrt(share * (1 - share) / 149)
        assert measurement.standard_error == pytest.approx(error)


def test_the_linear_probe_is_logistic_regression_on_standardized_codes():
    (codes, labels), (test_codes, test_labels) = noisy(TRAIN), noisy(TEST)
    used = [0, 1, 2]  # the last dimension is constant
    mean, deviation = codes[:, used].mean(axis=0), codes[:, used].std(axis=0)
    model = LogisticRegression(C=1 / 50.0)
    model.fit((codes[:, used] - mean) / deviation, labels)
    expected = model.score((test_codes[:, used] - mean) / deviation, test_labels)
    result = linear_probe(None, (codes, labels), (test_codes, test_labels), 50.0)
    assert result.value == pytest.approx(expected)
    assert 0.5 < expected < 0.97
    # The scale of a dimension does not matter.
    scale = np.array([1e3, 1e-3, 1.0, 1.0])
    scaled = (codes * scale, labels), (test_codes * scale, test_labels)
    assert linear_probe(None, *scaled, 50.0).value == pytest.approx(expected)


def noisy(data):
    codes, labels = data
    noise = 1.5 * np.random.default_rng(len(codes)).normal(size=codes.shape)
    noise[:, 3] = 0.1
    return codes + noise, labels


def test_the_vote_of_neighbors_by_hand():
    train = np.array([[0.0], [1.0], [2.0], [10.0], [11.0]]), np.array([0, 1, 1, 2, 2])
    test = np.array([[0.2], [9.0]]), np.array([0, 2])
    assert nearest_neighbor_probe(None, train, test, k=1).value == 1.0
    assert nearest_neighbor_probe(None, train, test, k=3).value == 0.5
    assert nearest_neighbor_probe(None, train, test, k=5).value == 0.0  # tie: 1


def test_a_model_and_data_with_labels():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 60)
    images = rng.integers(0, 100, (60, *SHAPE)) + 150 * labels[:, None, None, None]
    data = ImageData(images.astype("uint8"), "blobs", "train", labels=labels)
    model = vaezoo.FullyConnectedVAE(SHAPE, 2, hidden_units=(4,))
    codes = model.encode(data.images).mean().numpy()
    by_codes = probes(None, (codes, labels), (codes, labels), k=3)
    assert probes(model, data, data, k=3).rows() == by_codes.rows()


def test_bad_arguments():
    codes, labels = TRAIN
    with pytest.raises(ValueError, match="two classes"):
        linear_probe(None, (codes, 0 * labels), TEST)
    with pytest.raises(ValueError, match=r"`test` to be ImageData with labels"):
        linear_probe(None, TRAIN, codes)
    with pytest.raises(ValueError, match="one integer label an image in `train`"):
        linear_probe(None, (codes, labels[:5]), TEST)
    with pytest.raises(ValueError, match="one integer label"):
        linear_probe(None, (codes, labels * 0.5), TEST)
    with pytest.raises(ValueError, match="of the same dimensions"):
        linear_probe(None, TRAIN, (TEST[0][:, :2], TEST[1]))
    for bad in (0.0, -1.0, float("nan"), "1"):
        with pytest.raises(ValueError, match="regularization"):
            linear_probe(None, TRAIN, TEST, bad)
    for bad in (0, 201, 1.5):
        with pytest.raises(ValueError, match="k"):
            nearest_neighbor_probe(None, TRAIN, TEST, bad)
