import re
import subprocess
import sys
import tracemalloc

import hypothesis
import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest

from vaezoo.images import check_images

SHAPES = hnp.array_shapes(min_dims=4, max_dims=4, min_side=1, max_side=4)


def test_uint8_and_float32_pass_without_a_copy():
    for dtype in ("uint8", "float32"):
        images = np.ones((2, 4, 3, 1), dtype)
        assert np.shares_memory(check_images(images), images)


@hypothesis.given(
    hnp.arrays(
        st.sampled_from(["float16", "float32", "float64"]),
        SHAPES,
        elements=st.floats(0, 1, width=16),
    )
)
def test_floats_in_the_unit_interval_become_float32(images):
    checked = check_images(images)
    assert checked.dtype == np.float32
    np.testing.assert_array_equal(checked, images.astype("float32"))


@hypothesis.given(
    hnp.arrays("float32", SHAPES, elements=st.floats(0, 1, width=32)),
    st.sampled_from([np.nan, np.inf, -np.inf, -1e-6, 1.0001, 255.0]),
    st.integers(0),
)
def test_one_bad_value_anywhere_is_found(images, bad, place):
    images.reshape(-1)[place % images.size] = bad
    with pytest.raises(ValueError, match=r"Expected .* Received: shape .* float32, "):
        check_images(images)


def test_bool_means_black_and_white():
    checked = check_images(np.array([True, False]).reshape(1, 1, 2, 1))
    assert checked.dtype == np.uint8
    assert checked.ravel().tolist() == [255, 0]


def test_lists_and_tensors_are_accepted():
    tf = pytest.importorskip("tensorflow")
    assert check_images([[[[0.5]]]]).dtype == np.float32
    assert check_images(tf.zeros((1, 2, 2, 1), tf.uint8)).dtype == np.uint8


@pytest.mark.parametrize(
    ("images", "hint"),
    [
        (np.zeros((3, 8, 8), "uint8"), "`images[..., None]`"),
        (np.zeros((8, 8), "uint8"), "(n, height, width, channels)"),
        (np.zeros((0, 8, 8, 1), "uint8"), "at least one image"),
        (np.zeros((2, 0, 8, 1), "uint8"), "at least one image"),
        (np.zeros((2, 8, 8, 1), "int64"), "astype('uint8')"),
        (np.zeros((2, 8, 8, 1), "complex64"), "astype('float32')"),
        (np.full((2, 8, 8, 1), 255.0), "divide by 255 or pass uint8"),
        (np.full((2, 8, 8, 1), -0.5), "(images + 1) / 2"),
        (np.full((2, 8, 8, 1), 300.0), "Rescale"),
        (np.full((2, 8, 8, 1), np.nan), "finite"),
        ([np.zeros((8, 8, 1)), np.zeros((9, 8, 1))], "all of one size"),
        ("mnist", "(n, height, width, channels)"),
        (None, "(n, height, width, channels)"),
    ],
)
def test_errors_say_what_to_do_and_what_was_received(images, hint):
    with pytest.raises(ValueError, match=re.escape(hint)) as caught:
        check_images(images)
    assert str(caught.value).startswith("Expected images of shape")
    assert "Received: " in str(caught.value)


def test_the_shape_of_one_image_can_be_required():
    images = np.zeros((2, 28, 20, 1), "uint8")
    assert check_images(images, (28, 20, 1)) is images
    assert check_images(images, (None, None, 1)) is images
    for wrong in ((28, 28, 1), (28, 20, 3), (28, 20), (20, 28, 1)):
        with pytest.raises(ValueError, match="One image must have the shape"):
            check_images(images, wrong)


def test_the_range_check_makes_no_copy():
    images = np.zeros((64, 128, 128, 1), "float32")
    tracemalloc.start()
    check_images(images)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < images.nbytes / 20


def test_neither_module_imports_tensorflow():
    code = (
        "import sys, vaezoo.images, vaezoo.data; "
        "sys.exit(any(m.startswith('tensorflow') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
