import numpy as np
import pytest

from vaezoo.evaluation.paired_difference import paired_differences


def nll(seed, shift=0.0, scale=0.1, n=50):
    hard = np.random.default_rng(0).normal(90.0, 20.0, n)  # the same for all models
    return hard + shift + np.random.default_rng(seed).normal(0.0, scale, n)


def test_a_pair_is_compared_image_by_image():
    values = {"worse": nll(1, 0.5), "better": nll(2)}
    (difference,) = paired_differences(values)
    assert (difference.better, difference.worse) == ("better", "worse")
    gap = values["worse"] - values["better"]
    error = gap.std(ddof=1) / np.sqrt(50)
    assert difference.value == pytest.approx(gap.mean())
    assert difference.standard_error == pytest.approx(error)
    assert difference.t == pytest.approx(gap.mean() / error)
    assert difference.n == 50
    assert difference.clear
    assert difference.verdict == "better is better than worse"
    # By their own standard errors nobody could tell the two apart.
    assert values["worse"].std() / np.sqrt(50) > 3 * difference.value


def test_p_is_that_of_the_paired_t_test():
    stats = pytest.importorskip("scipy.stats")
    for n in (2, 5, 50, 10_000):
        values = {"a": nll(1, 0.02, n=n), "b": nll(2, n=n)}
        (difference,) = paired_differences(values)
        expected = stats.ttest_rel(values["a"], values["b"]).pvalue
        assert difference.p == pytest.approx(expected, rel=1e-6)


def test_chance_is_not_called_a_difference():
    values = {"a": nll(1), "b": nll(2, 0.001)}
    (difference,) = paired_differences(values)
    assert not difference.clear
    assert difference.verdict.startswith("no clear difference between")


def test_chance_is_rarely_called_a_difference_among_many_pairs():
    alarms = 0
    for trial in range(100):
        values = {str(i): nll(1000 + 10 * trial + i) for i in range(4)}
        alarms += any(d.clear for d in paired_differences(values))
    assert alarms <= 12  # 5 expected; without Holm's correction about 20


def test_holm_by_hand():
    values = {"a": nll(1), "b": nll(2, 0.04), "c": nll(3, 0.06)}
    single = {
        frozenset(pair): paired_differences({k: values[k] for k in pair})[0].p
        for pair in (("a", "b"), ("a", "c"), ("b", "c"))
    }
    low, middle, high = sorted(single.values())
    expected = [3 * low, max(3 * low, 2 * middle), max(3 * low, 2 * middle, high)]
    together = sorted(d.p for d in paired_differences(values))
    assert together == pytest.approx(np.minimum(expected, 1.0))


def test_equal_models_and_single_images():
    (difference,) = paired_differences({"a": nll(1), "b": nll(1)})
    assert difference.equal
    assert not difference.clear
    assert difference.p is None
    assert difference.verdict == "a and b are equal on every image"
    (difference,) = paired_differences({"a": [1.0], "b": [2.0]})
    assert (difference.standard_error, difference.p) == (None, None)
    assert not difference.clear
    assert paired_differences({"a": [1.0, 2.0]}) == []


def test_the_correction_of_the_difference_estimator():
    few = {"a": nll(1, 0.1), "b": nll(2)}
    more = {"a": np.full(10, 0.3) + nll(3, n=10) * 0.01, "b": nll(4, n=10) * 0.01}
    (difference,) = paired_differences(few, more)
    gap, shift = few["b"] - few["a"], more["b"] - more["a"]
    assert (difference.better, difference.worse) == ("a", "b")
    assert difference.value == pytest.approx(gap.mean() - shift.mean())
    error = np.hypot(gap.std(ddof=1) / np.sqrt(50), shift.std(ddof=1) / np.sqrt(10))
    assert difference.standard_error == pytest.approx(error)


def test_other_images_are_refused():
    with pytest.raises(ValueError, match=r"same images.*Received"):
        paired_differences({"a": [1.0, 2.0], "b": [1.0]})
