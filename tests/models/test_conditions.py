"""What counts as a condition, and the features that networks get of it."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.models.conditions import make_condition

LABELS, ATTRIBUTES = vaezoo.Labels(4), vaezoo.Attributes(2)
PARTIAL = vaezoo.PartialImage((4, 5, 2))
CONDITIONS = [LABELS, ATTRIBUTES, PARTIAL]
IMAGE = np.full((3, 4, 5, 2), 0.25, "float32")

WRONG = {
    "no labels": (LABELS, None, 3, "y=None"),
    "too few labels": (LABELS, [1, 2], 3, "3 rows.*Received: y of 2 rows"),
    "a label too large": (LABELS, [0, 4, 9], 3, "from 0 to 3.*Received: labels 4, 9"),
    "a negative label": (LABELS, [0, -1, 1], 3, "Received: labels -1"),
    "float labels": (LABELS, [0.0, 1.0, 2.0], 3, "astype.*Received: dtype float64"),
    "bool labels": (LABELS, [True, False, True], 3, "Received: dtype bool"),
    "one-hot labels": (LABELS, np.eye(4)[:3], 3, r"argmax.*Received: shape \(3, 4\)"),
    "names": (LABELS, ["a", "b", "c"], 3, "Received: y of type list"),
    "ragged": (LABELS, [[1], [2, 3]], 2, "Received"),
    "no rows": (LABELS, np.zeros(0, "int64"), None, "at least one row"),
    "attributes of another size": (ATTRIBUTES, np.zeros((3, 3)), 3, r"\(3, 3\)"),
    "attributes of rank 3": (ATTRIBUTES, np.zeros((3, 1, 2)), 3, r"\(3, 1, 2\)"),
    "attributes of NaN": (ATTRIBUTES, np.full((3, 2), np.nan), 3, "finite"),
    "too many attributes": (ATTRIBUTES, np.zeros((4, 2)), 3, "y of 4 rows"),
    "no attributes": (ATTRIBUTES, None, 3, "y=None"),
    "a partial image of 0..255": (PARTIAL, 255 * IMAGE, 3, "divide by 255"),
    "another size": (PARTIAL, IMAGE[:, :3], 3, r"\(3, 3, 5, 2\)"),
    "infinite pixels": (PARTIAL, IMAGE + np.inf, 3, "finite"),
    "too few images": (PARTIAL, IMAGE[:2], 3, "y of 2 rows"),
}


@pytest.fixture(params=CONDITIONS, ids=lambda c: type(c).__name__)
def condition(request):
    return request.param


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_conditions_are_refused_and_named(kind):
    condition, y, n, message = WRONG[kind]
    with pytest.raises(ValueError, match=f"(?s)Expected.*{message}") as caught:
        condition.check(y, n)
    assert "Received: " in str(caught.value)


def test_examples_are_valid(condition):
    y = condition.example(6, seed=1)
    assert y.shape == (6, *condition.value_shape)
    np.testing.assert_array_equal(condition.check(y, 6), y)
    np.testing.assert_array_equal(condition.example(6, seed=1), y)
    assert not np.array_equal(condition.example(6, seed=2), y)
    features = condition.features(tf.constant(y))
    assert features.shape == (6, *condition.feature_shape)
    assert features.dtype == tf.float32
    assert np.isfinite(features).all()


def test_a_single_condition_stands_for_every_row(condition):
    y = condition.example(2)
    rows = condition.check(y[1], 5)
    np.testing.assert_array_equal(rows, condition.check(y[[1] * 5], 5))
    assert condition.check(y[1]).shape == (1, *condition.value_shape)
    assert rows.dtype == condition.dtype


def test_features_are_the_same_in_graph_and_xla(condition):
    y = tf.constant(condition.example(5))
    expected = condition.features(y)
    for jit_compile in (False, True):
        function = tf.function(condition.features, jit_compile=jit_compile)
        np.testing.assert_array_equal(function(y), expected)


def test_a_condition_is_its_configuration(condition):
    form = keras.saving.serialize_keras_object(condition)
    copy = make_condition(json.loads(json.dumps(form)))
    assert type(copy) is type(condition)
    assert copy.get_config() == condition.get_config()
    assert repr(copy) == repr(condition)
    assert make_condition(condition) is condition


@pytest.mark.parametrize("value", [10, "labels", vaezoo.Labels])
def test_what_is_no_condition_is_refused(value):
    with pytest.raises(ValueError, match=r"Expected `condition`.*Received: condition="):
        make_condition(value)


# --- labels ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
def test_labels_become_one_hot_vectors(dtype):
    y = np.array([2, 0, 3], dtype)
    assert LABELS.check(y).dtype == np.int64
    np.testing.assert_array_equal(LABELS.features(tf.constant(y)), np.eye(4)[y])


def test_a_column_of_labels_is_taken():
    np.testing.assert_array_equal(LABELS.check([[2], [0]], 2), [2, 0])
    features = LABELS.features(tf.constant([[2], [0]]))
    np.testing.assert_array_equal(features, np.eye(4)[[2, 0]])


def test_a_label_that_is_no_class_spoils_its_row_alone():
    features = LABELS.features(tf.constant([1, 4, -1, 3]))
    np.testing.assert_array_equal(np.isnan(features).all(axis=1), [0, 1, 1, 0])
    np.testing.assert_array_equal(features.numpy()[[0, 3]], np.eye(4)[[1, 3]])


def test_labels_in_turn():
    np.testing.assert_array_equal(LABELS.cycle(6), [0, 1, 2, 3, 0, 1])
    assert set(LABELS.example(4)) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (vaezoo.Labels, 0),
        (vaezoo.Labels, 2.0),
        (vaezoo.Attributes, -1),
        (vaezoo.PartialImage, (4, 5)),
    ],
)
def test_bad_arguments(make, argument):
    with pytest.raises(ValueError, match="Received: "):
        make(argument)


# --- partial images -------------------------------------------------------------------


def test_known_pixels_and_the_channel_that_tells_them():
    y = IMAGE.copy()
    y[0, 1, 2, 0] = np.nan  # one channel of a pixel: the pixel is missing
    y[1] = np.nan
    features = PARTIAL.features(tf.constant(PARTIAL.check(y, 3))).numpy()
    known = np.ones((3, 4, 5), "float32")
    known[0, 1, 2], known[1] = 0.0, 0.0
    np.testing.assert_array_equal(features[..., 2], known)
    np.testing.assert_array_equal(features[..., :2], IMAGE * known[..., None])


def test_uint8_images_are_wholly_known():
    pixels = np.arange(120).reshape(3, 4, 5, 2).astype("uint8")
    checked = PARTIAL.check(pixels, 3)
    np.testing.assert_allclose(checked, pixels / 255.0, rtol=1e-6)
    features = PARTIAL.features(tf.constant(pixels))
    np.testing.assert_allclose(features[..., :2], pixels / 255.0, rtol=1e-6)
    assert (features.numpy()[..., 2] == 1.0).all()


@pytest.mark.parametrize(
    ("number", "known"),
    [
        (1, [[0, 0, 0, 0, 0]] * 2 + [[1, 1, 0, 0, 0]] * 2),
        (2, [[1, 1, 0, 0, 0]] * 4),
        (3, [[1, 1, 1, 1, 1]] * 2 + [[1, 1, 0, 0, 0]] * 2),
    ],
)
def test_quadrants(number, known):
    y = PARTIAL.known_quadrants(IMAGE, number)
    expected = np.array(known, bool)[None, :, :, None] & (IMAGE == IMAGE)
    np.testing.assert_array_equal(~np.isnan(y), expected)
    assert (y[expected] == 0.25).all()


@pytest.mark.parametrize("number", [0, 4, True, 1.5])
def test_there_are_one_to_three_known_quadrants(number):
    with pytest.raises(ValueError, match=r"1, 2 or 3\. Received: number="):
        PARTIAL.known_quadrants(IMAGE, number)


def test_hidden_pixels_are_those_of_the_mask():
    missing = np.random.default_rng(0).random((3, 4, 5)) < 0.5
    y = PARTIAL.hide(IMAGE, missing)
    np.testing.assert_array_equal(np.isnan(y).all(axis=-1), missing)
    np.testing.assert_array_equal(PARTIAL.hide(IMAGE, missing[0])[2], y[0])
    for wrong in (missing.astype("int64"), missing[:2], missing[..., None]):
        with pytest.raises(ValueError, match=r"`missing`.*Received: shape"):
            PARTIAL.hide(IMAGE, wrong)
