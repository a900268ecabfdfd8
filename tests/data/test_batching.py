import numpy as np
import pytest

from vaezoo.data import batches

IMAGES = np.arange(10, dtype="uint8").reshape(10, 1, 1, 1).repeat(3, axis=2)
LABELS = np.arange(10) * 10


def order(dataset):
    return [int(image[0, 0, 0]) for batch in dataset for image in batch.numpy()]


def test_every_image_comes_once_an_epoch_in_a_new_order():
    dataset = batches(IMAGES, 4, seed=1)
    first, second = order(dataset), order(dataset)
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second


def test_a_seed_repeats_the_epochs():
    one, two = batches(IMAGES, 4, seed=1), batches(IMAGES, 4, seed=1)
    assert [order(one), order(one)] == [order(two), order(two)]
    assert order(batches(IMAGES, 4, seed=2)) != order(batches(IMAGES, 4, seed=1))


def test_labels_stay_with_their_images():
    for images, labels in batches(IMAGES, 3, labels=LABELS, seed=0):
        np.testing.assert_array_equal(images[:, 0, 0, 0].numpy() * 10, labels)


def test_types_order_and_cardinality():
    dataset = batches(IMAGES, 4, shuffle=False)
    assert order(dataset) == list(range(10))
    assert dataset.element_spec.dtype == "uint8"
    assert [len(batch) for batch in dataset] == [4, 4, 2]
    assert len(dataset) == 3
    assert len(batches(IMAGES, 4, drop_remainder=True)) == 2
    floats = batches((IMAGES / 255).astype("float64"), 4)
    assert floats.element_spec.dtype == "float32"


def test_fewer_images_than_a_batch():
    assert [len(batch) for batch in batches(IMAGES[:1], 128)] == [1]


def test_autotune_is_off():
    assert batches(IMAGES, 4).options().autotune.enabled is False


def test_fit_knows_the_number_of_steps():
    keras = pytest.importorskip("keras")
    model = keras.Sequential([keras.layers.Rescaling(1 / 255), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    dataset = batches(IMAGES, 4, labels=IMAGES / 255)
    model.fit(dataset, epochs=2, shuffle=False, verbose=0)
    assert model.optimizer.iterations == 6


@pytest.mark.parametrize("batch_size", [0, -1, 2.0, None, True])
def test_bad_batch_sizes(batch_size):
    with pytest.raises(ValueError, match="Expected batch_size"):
        batches(IMAGES, batch_size)


def test_bad_combinations():
    with pytest.raises(ValueError, match="one label for each of the 10 images"):
        batches(IMAGES, 4, labels=LABELS[:9])
    with pytest.raises(ValueError, match="at least one whole batch"):
        batches(IMAGES, 11, drop_remainder=True)
    with pytest.raises(ValueError, match="channel axis"):
        batches(IMAGES[..., 0], 4)
