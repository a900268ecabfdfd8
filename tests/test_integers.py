import numpy as np
import pytest

from vaezoo.integers import check_count, is_integer


@pytest.mark.parametrize("value", [1, 7, np.int64(1), np.uint8(3)])
def test_integers(value):
    assert is_integer(value, 1) is True
    assert type(check_count("steps", value, least=1)) is int


@pytest.mark.parametrize("value", [0, -1, np.int32(0), True, 1.0, "1", None, [1]])
def test_what_is_none_or_too_small(value):
    assert is_integer(value, 1) is False
    assert is_integer(0, 0) is True
    message = r"`steps` to be an integer of at least 1.*Received: steps="
    with pytest.raises(ValueError, match=message):
        check_count("steps", value, least=1)
