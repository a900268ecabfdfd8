import numpy as np
import pytest
import tensorflow as tf

from vaezoo.layers.event_shape import (
    check_event_size,
    number_of_elements,
    standardize_event_shape,
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (3, (3,)),
        (np.int32(3), (3,)),
        ((), ()),
        ([2, 3], (2, 3)),
        ((np.int64(2), 3, 1), (2, 3, 1)),
        (tf.TensorShape([2, 3]), (2, 3)),
    ],
)
def test_event_shapes_become_tuples(given, expected):
    shape = standardize_event_shape(given)
    assert shape == expected
    assert all(type(size) is int for size in shape)
    assert number_of_elements(given) == np.prod(expected, dtype=int)


@pytest.mark.parametrize(
    "bad",
    [0, -1, 1.0, True, None, "2", {}, {3}, (2, 0), [[2, 3]]],
)
def test_anything_else_is_refused(bad):
    with pytest.raises(ValueError, match="Expected `event_shape`") as caught:
        standardize_event_shape(bad)
    assert str(caught.value).endswith(f"Received: event_shape={bad!r}")


@pytest.mark.parametrize("bad", [(), (2, 3), 0])
def test_a_vector_has_one_size(bad):
    assert check_event_size([4]) == 4
    with pytest.raises(ValueError, match="Expected `event_size`") as caught:
        check_event_size(bad)
    assert str(caught.value).endswith(f"Received: event_size={bad!r}")
