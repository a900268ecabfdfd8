import hypothesis
import hypothesis.extra.numpy as hnp
import numpy as np
import pytest

from vaezoo.data import binarize_fixed

SHAPES = hnp.array_shapes(min_dims=4, max_dims=4, min_side=1, max_side=5)


def published(images, seed=777):
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    binary = np.random.binomial(1, images / 255)  # noqa: NPY002
    np.random.set_state(state)  # noqa: NPY002
    return binary


@hypothesis.given(hnp.arrays("uint8", SHAPES))
def test_it_is_the_published_draw(images):
    binary = binarize_fixed(images)
    assert binary.dtype == np.uint8
    np.testing.assert_array_equal(binary, published(images) * 255)


def test_many_images_are_one_draw_and_leave_the_global_generator_alone():
    images = np.random.default_rng(0).integers(0, 256, (2500, 6, 5, 1), "uint8")
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    binary = binarize_fixed(images)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    np.testing.assert_array_equal(binary, published(images) * 255)
    assert (binarize_fixed(images, seed=1) != binary).any()


def test_floats_and_extremes():
    images = np.array([0.0, 1.0]).reshape(1, 1, 2, 1)
    assert binarize_fixed(images).ravel().tolist() == [0, 255]
    with pytest.raises(ValueError, match="divide by 255"):
        binarize_fixed(images * 255)
