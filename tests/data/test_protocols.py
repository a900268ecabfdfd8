import numpy as np
import pytest

from vaezoo.data.area_averaging import shrink
from vaezoo.data.protocols import split_instruction

SIXTY = {"train": 60_000, "test": 10_000}


def test_mnist_splits():
    assert split_instruction("mnist", "train", SIXTY) == ("train", 0, 50_000)
    assert split_instruction("mnist", "validation", SIXTY) == ("train", 50_000, 60_000)
    assert split_instruction("mnist", "test", SIXTY) == ("test", 0, 10_000)


def test_a_validation_split_of_its_own_is_used():
    sizes = {"train": 500, "validation": 100, "test": 100}
    assert split_instruction("binarized_mnist", "train", sizes) == ("train", 0, 500)
    assert split_instruction("binarized_mnist", "validation", sizes) == (
        "validation",
        0,
        100,
    )


def test_other_data_sets_set_a_tenth_aside():
    assert split_instruction("any", "train", {"train": 95}) == ("train", 0, 86)
    assert split_instruction("any", "validation", {"train": 95}) == ("train", 86, 95)


def test_unknown_splits_are_listed():
    with pytest.raises(ValueError, match=r"test, train, validation. Received: 'all'"):
        split_instruction("mnist", "all", SIXTY)
    with pytest.raises(ValueError, match=r"'x': test. Received: 'train'"):
        split_instruction("x", "train", {"test": 5})


def test_shrinking_averages_over_the_exact_area():
    image = np.array([[0, 100, 200]], "uint8").reshape(1, 1, 3, 1)
    # Each new pixel covers one and a half old ones.
    assert shrink(image, 1, 2).ravel().tolist() == [33, 167]
    blocks = np.random.default_rng(0).integers(0, 256, (2, 6, 9, 3), "uint8")
    means = blocks.reshape(2, 2, 3, 3, 3, 3).mean(axis=(2, 4))
    np.testing.assert_array_equal(shrink(blocks, 2, 3), np.rint(means))
    np.testing.assert_array_equal(shrink(blocks, 6, 9), blocks)
    with pytest.raises(ValueError, match="Received: 7x9"):
        shrink(blocks, 7, 9)
