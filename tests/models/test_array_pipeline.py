"""Arrays as batches: every image once an epoch, in an order that the seed decides."""

import numpy as np
import pytest
import tensorflow as tf

from vaezoo.models.array_pipeline import Arrays, array_batches, check_weights
from vaezoo.models.epoch_order import EpochOrder

COUNT = 11


@pytest.fixture(scope="module")
def numbered():
    """Images that hold their own number."""
    return np.arange(COUNT, dtype="uint8").reshape(COUNT, 1, 1, 1)


def rows(dataset):
    batches = [batch[0] if isinstance(batch, tuple) else batch for batch in dataset]
    return [np.asarray(images).ravel().tolist() for images in batches]


def order_of(dataset):
    return [row for batch in rows(dataset) for row in batch]


def test_without_an_order_the_rows_come_as_they_are(numbered):
    dataset = array_batches(Arrays(numbered), batch_size=4)
    expected = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10]]
    assert rows(dataset) == rows(dataset) == expected
    assert int(dataset.cardinality()) == 3
    assert dataset.element_spec.dtype == tf.uint8
    assert not dataset.options().autotune.enabled


def begun(seed=1, made=0):
    """The order of an epoch that has begun."""
    order = EpochOrder(seed, tf.Variable(made), COUNT)
    order.on_epoch_begin(0)
    return order


@pytest.mark.parametrize("batch_size", [1, 4, 11, 100])
def test_an_epoch_has_each_image_once(numbered, batch_size):
    dataset = array_batches(Arrays(numbered), batch_size, order=begun(seed=3))
    assert sorted(order_of(dataset)) == list(range(COUNT))
    assert len(rows(dataset)) == int(dataset.cardinality()) == -(-COUNT // batch_size)


def test_seed_and_steps_decide_the_order(numbered):
    def epoch(seed, made, batch_size=4):
        order = begun(seed, made)
        return order_of(array_batches(Arrays(numbered), batch_size, order=order))

    first = epoch(seed=1, made=5)
    assert epoch(seed=1, made=5) == epoch(seed=1, made=5, batch_size=3) == first
    assert epoch(seed=2, made=5) != first
    assert epoch(seed=1, made=8) != first


@pytest.mark.parametrize("steps", [None, 3])
def test_an_epoch_of_one_data_set_begins_where_training_is(numbered, steps):
    made = tf.Variable(0)
    order = EpochOrder(1, made, COUNT)
    dataset = array_batches(Arrays(numbered), 4, steps, order)
    received = []
    for _ in range(2):
        order.on_epoch_begin(0)
        received.append(order_of(dataset))
        assert received[-1] == order.make().numpy().tolist()
        made.assign_add(3)
    assert received[0] != received[1]


def test_a_pass_keeps_its_order_over_epochs_of_given_steps(numbered):
    """Each image once, though an epoch begins, and steps are made, within the pass."""
    made = tf.Variable(0)
    order = EpochOrder(1, made, COUNT)
    order.on_epoch_begin(0)
    iterator = iter(array_batches(Arrays(numbered), 1, steps=4, order=order))
    received = []
    for step in range(COUNT):
        if step % 4 == 0:
            made.assign(step)
            order.on_epoch_begin(step // 4)
        received += np.asarray(next(iterator)).ravel().tolist()
    assert sorted(received) == list(range(COUNT))


def test_orders_are_uniform():
    made, count = tf.Variable(0, dtype=tf.int64), 5
    places = np.zeros((count, count))
    order = EpochOrder(0, made, count)
    for step in range(400):
        made.assign(step)
        places[np.arange(count), order.make().numpy()] += 1
    # Each is Binomial(400, 1/5), of standard deviation 8.
    np.testing.assert_allclose(places, 80.0, atol=5 * 8)


@pytest.mark.parametrize("steps", [None, 3])
def test_condition_and_weights_stay_with_their_image(numbered, steps):
    y, weight = 10 * np.arange(COUNT), np.arange(COUNT) / 2.0
    arrays = Arrays(numbered, y, check_weights(weight, COUNT))
    dataset = array_batches(arrays, 4, steps, begun(seed=0))
    for image, condition, weights in dataset:
        number = np.asarray(image).ravel()
        np.testing.assert_array_equal(condition, 10 * number)
        np.testing.assert_array_equal(weights, number / 2.0)


def test_weights_without_a_condition_come_with_none(numbered):
    for steps in (None, 3):
        arrays = Arrays(numbered, None, check_weights(np.arange(COUNT), COUNT))
        for image, _, weights in array_batches(arrays, 4, steps, begun()):
            np.testing.assert_array_equal(weights, np.asarray(image).ravel())


def test_steps_make_the_batch_size_as_in_keras(numbered):
    assert [len(batch) for batch in rows(array_batches(Arrays(numbered)))] == [11]
    lengths = [len(batch) for batch in rows(array_batches(Arrays(numbered), steps=3))]
    assert lengths == [4, 4, 3]


def test_the_last_rows_are_split_off(numbered):
    first, last = Arrays(numbered, np.arange(COUNT)).split(0.3)
    assert first.x.ravel().tolist() == first.y.tolist() == list(range(7))
    assert last.x.ravel().tolist() == last.y.tolist() == [7, 8, 9, 10]
    assert first.sample_weight is last.sample_weight is None


@pytest.mark.parametrize("share", [1.0, 0.99, -1.0])
def test_a_part_without_images_is_refused(numbered, share):
    with pytest.raises(ValueError, match=r"Expected a `validation_split`.*Received"):
        Arrays(numbered).split(share)


@pytest.mark.parametrize("shape", [(COUNT - 1,), (COUNT, 2), ()])
def test_weights_that_do_not_fit_are_refused(shape):
    with pytest.raises(ValueError, match=r"Expected `sample_weight`.*Received"):
        check_weights(np.ones(shape), COUNT)


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, True])
def test_a_batch_size_that_is_none_is_refused(numbered, batch_size):
    with pytest.raises(ValueError, match="batch_size"):
        array_batches(Arrays(numbered), batch_size)
