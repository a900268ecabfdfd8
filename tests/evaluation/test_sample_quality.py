import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.evaluation import (
    Classifier,
    Evaluation,
    Measurement,
    classifier_network,
    conditional_accuracy,
    frechet_distance,
    precision_recall,
    sample_quality,
)

SHAPE, CLASSES = (8, 8, 1), 3


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(0)
    return Classifier(classifier_network(SHAPE, CLASSES, (4, 6), 5, name="tiny"))


@pytest.fixture(scope="module")
def model():
    return vaezoo.FullyConnectedVAE(SHAPE, latent_dim=2, hidden_units=(8,))


@pytest.fixture(scope="module")
def labelled():
    return vaezoo.ConditionalVAE(SHAPE, 2, vaezoo.Labels(CLASSES), hidden_units=(8,))


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (40, *SHAPE)).astype("uint8")


def test_samples_are_compared_in_the_features_of_the_classifier(
    model, classifier, images
):
    result = sample_quality(model, images, n=30, seed=7, classifier=classifier)
    real = classifier.features(images[:30])
    samples = classifier.features(model.sample(30, seed=7))
    distance = result["frechet_distance"]
    assert distance.value == pytest.approx(frechet_distance(real, samples), rel=1e-6)
    shares = precision_recall(real, samples)
    assert (result["precision"].value, result["recall"].value) == shares
    assert {m.n for m in result.measurements} == {30}
    for part in ("means of p(x|z)", "seed 7", "5 features of the classifier 'tiny'"):
        assert part in distance.protocol


def test_a_model_s_own_samples_are_perfect(model, classifier):
    images = model.sample(25, seed=3)
    result = sample_quality(model, images, seed=3, classifier=classifier)
    assert result["frechet_distance"].value == pytest.approx(0.0, abs=1e-6)
    assert result["precision"].value == result["recall"].value == 1.0
    assert result["precision"].n == 25
    again = sample_quality(model, images, seed=3, classifier=classifier)
    assert again == result
    other = sample_quality(model, images, seed=4, classifier=classifier)
    assert other["frechet_distance"].value > result["frechet_distance"].value


def test_samples_have_the_conditions_of_the_images(labelled, classifier, images):
    y = np.arange(40) % 2
    result = sample_quality(labelled, images, n=20, y=y, classifier=classifier)
    samples = classifier.features(labelled.sample(20, seed=0, y=y[:20]))
    expected = frechet_distance(classifier.features(images[:20]), samples)
    assert result["frechet_distance"].value == pytest.approx(expected, rel=1e-6)
    with pytest.raises(ValueError, match="y=None"):
        sample_quality(labelled, images, classifier=classifier)


def test_what_does_not_fit_is_refused(model, classifier, images):
    with pytest.raises(ValueError, match=r"'mnist'.*Received: classifier=None"):
        sample_quality(model, images)
    with pytest.raises(ValueError, match=r"\(8, 8, 1\).*Received: 'mnist', of \(28"):
        sample_quality(model, images, classifier="mnist")
    with pytest.raises(ValueError, match="more than 3 images"):
        sample_quality(model, images[:3], classifier=classifier)
    with pytest.raises(ValueError, match="Received: n=0"):
        sample_quality(model, images, n=0, classifier=classifier)
    autoencoder = vaezoo.Autoencoder(SHAPE, 2, hidden_units=(8,))
    with pytest.raises(ValueError, match="Received: Autoencoder"):
        sample_quality(autoencoder, images, classifier=classifier)


def test_conditional_accuracy_is_the_share_that_was_asked_for(labelled, classifier):
    result = conditional_accuracy(labelled, classifier, n=50, seed=2)
    accuracy = result["conditional_accuracy"]
    y = np.arange(50) % CLASSES
    read = classifier.predict(labelled.sample(50, seed=2, y=y))
    share = (read == y).mean()
    assert accuracy.value == pytest.approx(share)
    assert accuracy.standard_error == pytest.approx(np.sqrt(share * (1 - share) / 50))
    assert accuracy.n == 50
    assert "classes in turn" in accuracy.protocol


def test_conditional_accuracy_needs_labels(model, labelled, classifier):
    with pytest.raises(ValueError, match="condition None"):
        conditional_accuracy(model, classifier)
    attributes = vaezoo.ConditionalVAE(SHAPE, 2, vaezoo.Attributes(4))
    with pytest.raises(ValueError, match="condition Attributes"):
        conditional_accuracy(attributes, classifier)
    more = vaezoo.ConditionalVAE(SHAPE, 2, vaezoo.Labels(5), hidden_units=(8,))
    with pytest.raises(ValueError, match=r"of 5 classes\. Received: 'tiny', of 3"):
        conditional_accuracy(more, classifier)


def test_a_row_says_what_images_were_measured():
    measured = Measurement("x", 1.0, "share", "as asked", 3, images="samples")
    given = Measurement("y", 1.0, "share", "as asked", 3)
    first, second = Evaluation((measured, given)).rows()
    assert first["protocol"] == "samples; as asked"
    assert second["protocol"] == "as asked"
    assert "images" not in first | second
