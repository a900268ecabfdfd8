import json
import os
import pathlib
import re

import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.evaluation import (
    Classifier,
    ClassifierCard,
    classifier_for,
    classifier_network,
    list_classifiers,
    load_classifier,
    save_classifier,
)
from vaezoo.evaluation.classifier_card import CARD_FILE, WEIGHTS_FILE
from vaezoo.zoo import DataCard, ModelFileError, TrainingCard, Versions
from vaezoo.zoo.files import sha256

SHAPE, CLASSES = (8, 8, 1), 3
ARCHITECTURE = {"filters": (4, 6), "feature_dim": 5}
TRAINING = TrainingCard("", "", 1, 1, "", "", 0, 0.0, "", None)


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(3)
    return classifier_network(SHAPE, CLASSES, **ARCHITECTURE, name="tiny")


@pytest.fixture(scope="module")
def classifier(network):
    return Classifier(network)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (9, *SHAPE)).astype("uint8")


@pytest.fixture
def folder(network, tmp_path):
    card = ClassifierCard(
        name="tiny",
        description="",
        image_shape=SHAPE,
        num_classes=CLASSES,
        **ARCHITECTURE,
        parameters=0,
        data=DataCard("noise", "train", {}, None),
        training=TRAINING,
        augmentation="none",
        versions=Versions(*6 * [""]),
        metrics=(),
        weights_sha256="0" * 64,
        licence="",
        data_licence="",
    )
    save_classifier(network, card, tmp_path / "tiny")
    return tmp_path / "tiny"


def test_features_are_what_the_last_layer_reads(classifier, network, images):
    features, logits = classifier.features(images), classifier.logits(images)
    assert features.shape == (9, 5)
    assert features.dtype == np.float32
    last = network.get_layer("logits")
    expected = features @ last.kernel.numpy() + last.bias.numpy()
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-6)
    direct = network(images / 255.0, training=False)
    np.testing.assert_allclose(logits, direct, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(classifier.predict(images), logits.argmax(axis=1))


def test_uint8_and_floats_are_the_same_image(classifier, images):
    floats = (images / 255.0).astype("float32")
    np.testing.assert_allclose(
        classifier.features(images), classifier.features(floats), rtol=1e-5, atol=1e-6
    )
    with pytest.raises(ValueError, match=r"\(8, 8, 1\)"):
        classifier.features(images[:, :6])


def test_accuracy_is_the_share_that_is_read_right(classifier, images):
    labels = classifier.predict(images)
    labels[:3] = (labels[:3] + 1) % CLASSES
    accuracy = classifier.accuracy(images, labels)
    assert accuracy.value == pytest.approx(6 / 9)
    assert accuracy.standard_error == pytest.approx(np.sqrt(6 / 9 * 3 / 9 / 9))
    assert (accuracy.n, accuracy.unit) == (9, "share")
    with pytest.raises(ValueError, match=r"each of the 9 images.*\(8,\)"):
        classifier.accuracy(images, labels[1:])


def test_what_is_saved_is_what_is_loaded(folder, classifier, images):
    loaded = load_classifier(folder)
    np.testing.assert_array_equal(loaded.features(images), classifier.features(images))
    np.testing.assert_array_equal(loaded.logits(images), classifier.logits(images))
    assert loaded.card.parameters == classifier.network.count_params()
    assert sorted(path.name for path in folder.iterdir()) == [CARD_FILE, WEIGHTS_FILE]


def edit(folder, **fields):
    path = folder / CARD_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_other_weights_are_refused(folder):
    weights = folder / WEIGHTS_FILE
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    with pytest.raises(ModelFileError, match="expected the sha256 of the model's card"):
        load_classifier(folder)
    # ... also where the card was changed with them: nothing but arrays is read.
    weights.write_bytes(b"\x80\x04.")
    edit(folder, weights_sha256=sha256(weights))
    with pytest.raises(ModelFileError, match="not an HDF5 file"):
        load_classifier(folder)
    weights.unlink()
    with pytest.raises(ModelFileError, match="there is no such file"):
        load_classifier(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("name", [CARD_FILE, WEIGHTS_FILE])
def test_what_is_no_file_is_refused(folder, tmp_path, name):
    """A pipe without a writer would never end, and a link may lead anywhere."""
    (folder / name).rename(tmp_path / "outside")
    for make in (
        os.mkfifo,
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to(tmp_path / "outside"),
        pathlib.Path.mkdir,
    ):
        make(folder / name)
        with pytest.raises((ModelFileError, ValueError), match=re.escape(str(folder))):
            load_classifier(folder)
        if (folder / name).is_dir():
            (folder / name).rmdir()
        else:
            (folder / name).unlink()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": "a/b"}, "no classifier can be built of it"),
        ({"filters": [4, 7]}, "weights, as the card says"),
        ({"filters": [10**9]}, "sizes from 1 to 1024"),
        ({"filters": []}, "1 to 6 numbers in filters"),
        ({"image_shape": [8, 8]}, "three numbers in field image_shape"),
        ({"num_classes": "many"}, "an integer in field num_classes"),
        ({"weights_sha256": ""}, "a sha256 in field weights_sha256"),
        ({"layers": []}, "unknown field layers"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(folder, fields, reason):
    edit(folder, **fields)
    with pytest.raises(ModelFileError, match=reason):
        load_classifier(folder)


def test_an_unknown_name_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"fashion_mnist, mnist.*Received: 'mnits'"):
        load_classifier("mnits")
    with pytest.raises(ValueError, match=r"or a folder with card\.json"):
        load_classifier(tmp_path)


def test_the_classifier_of_a_data_set():
    assert classifier_for("mnist") == "mnist"
    assert classifier_for("binarized_mnist") == "mnist"
    assert classifier_for("fashion_mnist") == "fashion_mnist"
    assert classifier_for("sprites") is None


@pytest.fixture(params=["fashion_mnist", "mnist"])
def shipped(request):
    return load_classifier(request.param)


def test_shipped_classifiers(shipped):
    assert shipped.name in list_classifiers()
    assert shipped.image_shape == (28, 28, 1)
    assert shipped.num_classes == 10
    card = shipped.card
    assert card.data.sizes == {"train": 50_000, "validation": 10_000, "test": 10_000}
    assert card.training.recipe == f"recipes/{card.name}_classifier.py"
    accuracy = card.metrics[0]
    assert (accuracy.name, accuracy.n) == ("test_accuracy", 10_000)
    assert accuracy.value >= {"mnist": 0.994, "fashion_mnist": 0.92}[card.name]
    error = np.sqrt(accuracy.value * (1 - accuracy.value) / accuracy.n)
    assert accuracy.standard_error == pytest.approx(error)
    metrics = {metric.name: metric.value for metric in card.metrics}
    # Real images are close to real images.
    assert 0.0 < metrics["real_frechet_distance"] < 1.0
    assert min(metrics["real_precision"], metrics["real_recall"]) > 0.8


def test_the_accuracy_on_the_card_is_measured_again(shipped, needs_data_set):
    needs_data_set(shipped.name)
    data = vaezoo.data.load(shipped.name, "test", download=False).first(500)
    stated = shipped.card.metrics[0].value
    # What chance makes of 500 images, at the accuracy that the card states.
    error = np.sqrt(stated * (1 - stated) / 500)
    measured = shipped.accuracy(data.images, data.labels)
    assert measured.value == pytest.approx(stated, abs=2 * error)
