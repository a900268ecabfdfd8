import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

import vaezoo
from vaezoo.data import binarize_fixed
from vaezoo.evaluation import anomaly_detection, anomaly_scores, auroc

SHAPE = (4, 3, 1)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (30, *SHAPE)).astype("uint8")


@pytest.fixture(scope="module")
def model():
    return vaezoo.FullyConnectedVAE(SHAPE, 2, hidden_units=(4,))


def test_areas_by_hand():
    assert auroc([1, 2, 3], [4, 5])[0] == 1.0
    assert auroc([4, 5], [1, 2, 3])[0] == 0.0
    assert auroc([1, 1], [1, 1])[0] == 0.5
    assert auroc([1, 3], [2, 3])[0] == pytest.approx((1 + 0 + 1 + 0.5) / 4)
    assert auroc([-np.inf, 0.0], [np.inf])[0] == 1.0


scores = st.lists(st.integers(-3, 3), min_size=2, max_size=30)


@settings(max_examples=40, deadline=None)
@given(scores, scores)
def test_areas_are_those_of_scikit_learn_with_ties(inside, outside):
    labels = [0] * len(inside) + [1] * len(outside)
    expected = roc_auc_score(labels, inside + outside)
    area, error = auroc(inside, outside)
    assert area == pytest.approx(expected)
    assert error >= 0.0
    # The other way round it is as good a detector of the other side.
    assert auroc(outside, inside)[0] == pytest.approx(1.0 - expected)


def test_the_standard_error_is_how_much_the_area_varies():
    rng = np.random.default_rng(0)
    draws = [
        auroc(rng.normal(size=60), rng.normal(1.0, 1.0, size=40)) for _ in range(400)
    ]
    areas, errors = np.transpose(draws)
    assert np.mean(errors) == pytest.approx(np.std(areas), rel=0.12)


def test_one_score_has_no_error():
    assert auroc([1.0], [2.0, 3.0]) == (1.0, None)


@pytest.mark.parametrize("bad", [[], [np.nan, 1.0], [[1.0]]])
def test_bad_scores(bad):
    with pytest.raises(ValueError, match="`inside` to be scores"):
        auroc(bad, [1.0])
    with pytest.raises(ValueError, match="`outside` to be scores"):
        auroc([1.0], bad)


def test_scores_are_minus_log_p_of_images_binarized_once(model, images):
    binary = binarize_fixed(images)
    expected = -model.log_prob(binary, 20, seed=3).astype(np.float64)
    values = anomaly_scores(model, images, 20, seed=3)
    np.testing.assert_array_equal(values, expected)
    bound = anomaly_scores(model, images, None, seed=3)
    np.testing.assert_array_equal(bound, -model.elbo(binary, seed=3))


def test_grey_images_are_scored_as_they_are(images):
    model = vaezoo.FullyConnectedVAE(SHAPE, 2, (4,), likelihood="categorical")
    values = anomaly_scores(model, images, 5)
    np.testing.assert_allclose(values, -model.log_prob(images, 5, seed=0))


def test_conditions_count(images):
    model = vaezoo.ConditionalVAE(SHAPE, 2, vaezoo.Labels(3), hidden_units=(4,))
    y = np.arange(30) % 3
    values = anomaly_scores(model, images, 5, y=y)
    expected = -model.log_prob(binarize_fixed(images), 5, seed=0, y=y)
    np.testing.assert_allclose(values, expected)
    with pytest.raises(ValueError, match="Received: y=None"):
        anomaly_scores(model, images)


def test_images_unlike_the_decoder_are_found(model):
    decoder_bias = model.decoder.layers[-1]
    weights = decoder_bias.get_weights()
    decoder_bias.set_weights([weights[0] * 0.0, np.full_like(weights[1], 3.0)])
    try:
        white = np.full((20, *SHAPE), 250, np.uint8)
        result = anomaly_detection(model, white, 255 - white, 5)
        assert result["auroc"].value == 1.0
        assert anomaly_detection(model, 255 - white, white, None)["auroc"].value == 0.0
        same = anomaly_detection(model, white, white, 5)["auroc"]
        assert same.value == pytest.approx(0.5)
        assert (same.n, same.protocol) == (
            40,
            "-log p(x), 5 samples, seed 0; 20 and 20 images inside and outside",
        )
    finally:
        decoder_bias.set_weights(weights)


def test_bad_arguments(model, images):
    with pytest.raises(ValueError, match=r"Expected a vaezoo\.VAE"):
        anomaly_scores(keras.Sequential([keras.Input(SHAPE)]), images)
    with pytest.raises(ValueError, match="One image must have the shape"):
        anomaly_scores(model, images[:, :2])
    with pytest.raises(ValueError, match="num_samples"):
        anomaly_scores(model, images, 0)
    with pytest.raises(ValueError, match="Expected no condition"):
        anomaly_scores(model, images, 5, y=np.zeros(30, int))
