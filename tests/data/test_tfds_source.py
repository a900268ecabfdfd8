"""On real data, where TFDS_DATA_DIR has it."""

import os
import pathlib

import numpy as np
import pytest

from vaezoo.data import DatasetUnavailableError, load


@pytest.fixture
def real(needs_data_set):
    """`real(name, split)`, where the data set is at hand."""

    def load_prepared(name, split):
        needs_data_set(name)
        return load(name, split, download=False)

    return load_prepared


def raw(name, split):
    import tensorflow_datasets as tfds

    builder = tfds.builder(name)
    dataset = builder.as_dataset(split=split, shuffle_files=False)
    return list(dataset.as_numpy_iterator())


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_fifty_ten_ten(real, name):
    train, validation, test = (real(name, s) for s in ("train", "validation", "test"))
    assert [len(part) for part in (train, validation, test)] == [50_000, 10_000, 10_000]
    assert train.images.dtype == np.uint8
    assert train.image_shape == (28, 28, 1)
    assert (train.num_classes, test.num_classes) == (10, 10)
    for part, slices in (
        (train, ("train[:2]", "train[49998:50000]")),
        (validation, ("train[50000:50002]", "train[59998:]")),
        (test, ("test[:2]", "test[-2:]")),
    ):
        examples = [example for piece in slices for example in raw(name, piece)]
        for place, example in zip((0, 1, -2, -1), examples, strict=True):
            np.testing.assert_array_equal(part.images[place], example["image"])
            assert part.labels[place] == example["label"]
    assert train.reference
    assert train.licence


def test_the_test_set_of_mnist_is_whole(real):
    test = real("mnist", "test")
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(test.labels).tolist() == counts
    assert test.images.mean() == pytest.approx(33.79, abs=0.005)


def test_binarized_mnist_is_black_and_white(real):
    data = real("binarized_mnist", "validation")
    assert data.images.shape == (10_000, 28, 28, 1)
    assert data.labels is None
    assert np.unique(data.images).tolist() == [0, 255]
    assert "must not be compared" in data.note


def test_omniglot_is_shrunk_with_bright_ink(real):
    data = real("omniglot", "validation")
    assert data.images.shape == (2_000, 28, 28, 1)
    assert 10 < data.images.mean() < 40
    assert data.images.max() > 200
    original = raw("omniglot", "train[17280:17281]")[0]
    ink = 1 - original["image"][..., 0].mean() / 255
    assert data.images[0].mean() / 255 == pytest.approx(ink, abs=0.002)
    assert data.labels[0] == original["label"]
    assert "Burda" in data.note


def test_unknown_splits_and_sizes(real):
    real("mnist", "test")
    with pytest.raises(ValueError, match=r"test, train, validation. Received: 'dev'"):
        load("mnist", "dev", download=False)
    with pytest.raises(ValueError, match=r"at most 28x28 pixels. Received: 32x32"):
        load("mnist", "test", image_size=32, download=False)
    assert load("mnist", "test", image_size=(14, 7)).image_shape == (14, 7, 1)


def test_a_damaged_copy_is_reported(real, tmp_path):
    real("mnist", "test")
    source = pathlib.Path(os.environ["TFDS_DATA_DIR"]) / "mnist"
    for path in source.rglob("*"):
        target = tmp_path / "mnist" / path.relative_to(source)
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            content = path.read_bytes()
            damaged = "test" in path.name and "tfrecord" in path.name
            target.write_bytes(content[:100_000] if damaged else content)
    with pytest.raises(DatasetUnavailableError, match="DataLossError"):
        load("mnist", "test", data_dir=tmp_path, download=False)


def test_what_is_not_prepared_is_not_downloaded_unasked(tmp_path):
    with pytest.raises(DatasetUnavailableError, match="download=False") as caught:
        load("kmnist", data_dir=tmp_path, download=False)
    assert str(tmp_path) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_data_sets_without_images_are_refused_before_the_download(tmp_path):
    with pytest.raises(ValueError, match=r"feature 'image'.*Received: 'ag_news"):
        load("ag_news_subset", data_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []
