import numpy as np
import pytest

from vaezoo.evaluation import (
    beta_vae_score,
    dci,
    factor_vae_score,
    modularity,
    mutual_information,
    mutual_information_gap,
    sap,
)
from vaezoo.evaluation.disentanglement.arguments import check_factors

METRICS = [
    mutual_information,
    mutual_information_gap,
    modularity,
    dci,
    sap,
    beta_vae_score,
    factor_vae_score,
]
CODES = np.arange(12.0).reshape(6, 2)
FACTORS = np.array([[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]])


def with_value(value):
    codes = CODES.copy()
    codes[1, 1] = value
    return codes


BAD = {
    "one dimension": (CODES[:, 0], FACTORS, r"codes of shape \(n, dims\)"),
    "text": (CODES.astype(str), FACTORS, "codes of shape"),
    "complex": (CODES * 1j, FACTORS, "codes of shape"),
    "empty": (CODES[:0], FACTORS[:0], "codes of shape"),
    "nan": (with_value(np.nan), FACTORS, r"NaN or infinity in dimensions \[1\]"),
    "infinity": (with_value(np.inf), FACTORS, "finite codes"),
    "lengths": (CODES, FACTORS[:5], "factors of each of 6 images. Received: 5"),
    "a column": (CODES, FACTORS[:, 0], r"factors of shape \(n, factors\)"),
    "fractions": (CODES, FACTORS + 0.5, "whole numbers"),
    "nan factor": (CODES, FACTORS * np.nan, "whole numbers"),
    "constant": (CODES, FACTORS * [1, 0], "Received: factor 1, which is always 0"),
}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)
@pytest.mark.parametrize("bad", BAD)
def test_bad_codes_and_factors(metric, bad):
    codes, factors, message = BAD[bad]
    with pytest.raises(ValueError, match=message):
        metric(codes, factors)


def test_factors_are_numbered_in_the_order_of_their_values():
    table = np.array([[-7, 1.0], [30, 0.0], [2, 0.0]])
    expected = np.array([[0, 1], [2, 0], [1, 0]])
    np.testing.assert_array_equal(check_factors(table), expected)
    booleans = np.array([[True], [False]])
    np.testing.assert_array_equal(check_factors(booleans), [[1], [0]])


def test_a_constant_factor_is_called_by_its_name():
    with pytest.raises(ValueError, match="factor 'colour', which is always 3"):
        check_factors([[0, 3], [1, 3]], names=("shape", "colour"))


@pytest.mark.parametrize("bins", [1, 2.5, "20", True])
@pytest.mark.parametrize("metric", METRICS[:3], ids=lambda metric: metric.__name__)
def test_bad_bins(metric, bins):
    with pytest.raises(ValueError, match="`bins`"):
        metric(CODES, FACTORS, bins=bins)


@pytest.mark.parametrize("metric", METRICS[3:5], ids=lambda metric: metric.__name__)
def test_a_test_set_that_does_not_fit(metric):
    with pytest.raises(ValueError, match="both test_codes and test_factors"):
        metric(CODES, FACTORS, CODES)
    with pytest.raises(ValueError, match="of the same dimensions"):
        metric(CODES, FACTORS, CODES[:, :1], FACTORS)
    with pytest.raises(ValueError, match=r"test factors of shape \(5, 2\)"):
        metric(CODES, FACTORS, CODES[:5], FACTORS)
    with pytest.raises(ValueError, match="to hold out a third"):
        metric(CODES[:2], [[0, 1], [1, 0]])


@pytest.mark.parametrize("name", ["num_train", "num_test", "batch_size"])
@pytest.mark.parametrize("metric", METRICS[5:], ids=lambda metric: metric.__name__)
def test_bad_numbers(metric, name):
    with pytest.raises(ValueError, match=f"`{name}`"):
        metric(CODES, FACTORS, **{name: 0})


def test_integer_codes_do_not_wrap_around():
    factors = np.indices((3, 4)).reshape(2, -1).T
    small = factors.astype(np.uint8)
    options = {"num_train": 50, "num_test": 30, "batch_size": 4}
    first = beta_vae_score(small, factors, **options)
    assert first == beta_vae_score(small.astype(float), factors, **options)
