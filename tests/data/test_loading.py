import dataclasses
import re

import numpy as np
import pytest

from vaezoo.data import ImageData, load, names

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 5, 4, 3), "uint8")


@pytest.fixture
def file(tmp_path):
    def save(**arrays):
        np.savez_compressed(tmp_path / "faces.npz", **arrays)
        return tmp_path / "faces.npz"

    return save


def test_arrays():
    data = load(IMAGES)
    assert data.images is IMAGES
    assert (data.name, data.split, data.labels) == ("array", "all", None)
    labelled = load((IMAGES, [0, 1, 2, 0, 1, 4]))
    assert labelled.num_classes == 5
    assert repr(labelled) == (
        "ImageData('array', split='all': 6 images of 5x4x3 uint8, 5 classes)"
    )
    assert (len(data), data.image_shape) == (6, (5, 4, 3))
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.name = "other"


def test_the_first_images_come_with_what_belongs_to_them():
    data = ImageData(
        IMAGES,
        name="faces",
        split="test",
        labels=np.arange(6),
        attributes=np.eye(6, 2),
        attribute_names=("glasses", "beard"),
        licence="CC0",
    )
    part = data.first(2)
    np.testing.assert_array_equal(part.images, IMAGES[:2])
    np.testing.assert_array_equal(part.labels, [0, 1])
    np.testing.assert_array_equal(part.attribute("beard"), [0, 1])
    assert (part.name, part.split, part.licence) == ("faces", "test", "CC0")
    assert part.num_classes == 6
    assert len(data.first(None)) == len(data.first(100)) == 6
    assert ImageData(IMAGES, name="x", split="all").first(1).labels is None


def test_files(file):
    attributes = np.eye(6, 2, dtype="uint8")
    path = file(
        images=IMAGES,
        labels=np.arange(6),
        attributes=attributes,
        attribute_names=np.array(["glasses", "hat"]),
        filenames=np.array(list("abcdef")),
    )
    for source in (path, str(path)):
        data = load(source)
        np.testing.assert_array_equal(data.images, IMAGES)
        np.testing.assert_array_equal(data.labels, np.arange(6))
        np.testing.assert_array_equal(data.attribute("hat"), attributes[:, 1])
        assert data.name == "faces"
    with pytest.raises(ValueError, match=r"glasses, hat. Received: 'beard'"):
        data.attribute("beard")


def test_a_file_without_images_names_what_it_has(file):
    with pytest.raises(ValueError, match=r"faces\.npz' with 'x_train', 'x_test'"):
        load(file(x_train=IMAGES, x_test=IMAGES))


def test_bad_images_in_a_file_name_the_file(file):
    with pytest.raises(ValueError, match=r"faces\.npz.*divide by 255.*Received"):
        load(file(images=IMAGES.astype("float32")))


def test_pickles_are_not_executed(file, tmp_path):
    class Trap:
        def __reduce__(self):
            return open, (str(tmp_path / "trapped"), "w")

    path = file(images=np.array([Trap()], dtype=object))
    with pytest.raises(ValueError, match=r"faces\.npz', which cannot be read"):
        load(path)
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "empty", "npy"])
def test_damaged_files_are_named(file, damage):
    path = file(images=IMAGES)
    raw = bytearray(path.read_bytes())
    if damage == "cut":
        raw = raw[: len(raw) // 2]
    elif damage == "flipped":
        raw[len(raw) // 3] ^= 0xFF
    elif damage == "text":
        raw = b"not an archive"
    elif damage == "empty":
        raw = b""
    path.write_bytes(raw)
    if damage == "npy":
        with path.open("wb") as stream:
            np.save(stream, IMAGES)
    with pytest.raises(ValueError, match=r"faces\.npz', which cannot be read"):
        load(path)


def test_missing_files(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.npz"):
        load(tmp_path / "nowhere.npz")


def test_files_and_arrays_have_no_splits(file):
    assert len(load(IMAGES, "all")) == 6
    for source in (IMAGES, file(images=IMAGES)):
        with pytest.raises(ValueError, match="Received: split='test'"):
            load(source, "test")
        with pytest.raises(ValueError, match="Expected no image_size"):
            load(source, image_size=28)


@pytest.mark.parametrize(
    ("name", "near"),
    [("mnits", "mnist"), ("MNIST", "mnist"), ("sprite", "sprites"), ("cifar", "cifar")],
)
def test_unknown_names_give_near_matches(name, near):
    with pytest.raises(ValueError, match=f"Did you mean .*{near}.*Received: '{name}'"):
        load(name)


def test_bad_splits_and_sizes():
    with pytest.raises(ValueError, match=r"train, validation, test. Received: 'tset'"):
        load("sprites", "tset")
    with pytest.raises(ValueError, match="Expected image_size"):
        load("sprites", image_size="large")


def test_names_are_sorted():
    assert names() == sorted(names())
    assert {"mnist", "sprites"} <= set(names())


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"labels": [0, 1]}, "one integer label for each of the 6 images"),
        ({"labels": np.zeros(6)}, "one integer label"),
        ({"labels": [0, 0, 0, 0, 0, -1]}, "from 0 upwards. Received: -1"),
        ({"labels": [0, 0, 0, 0, 0, 3], "num_classes": 3}, "below num_classes=3"),
        ({"attributes": np.zeros((6, 2))}, re.escape("shape (6, 0)")),
    ],
)
def test_labels_must_fit(fields, message):
    with pytest.raises(ValueError, match=message):
        ImageData(IMAGES, name="x", split="all", **fields)
