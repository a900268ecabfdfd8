import numpy as np
import pytest

from vaezoo.plotting import rate_distortion

RATES, DISTORTIONS = [25.8, 24.2, 10.0], [62.0, 64.6, 90.0]


def test_points_labels_and_errors():
    labels = ["conv", "fc", "beta = 4"]
    figure = rate_distortion(RATES, DISTORTIONS, labels, [0.1] * 3, [0.2] * 3)
    axes = figure.axes[0]
    (points, _, bars) = axes.containers[0]
    np.testing.assert_allclose(points.get_xdata(), RATES)
    np.testing.assert_allclose(points.get_ydata(), DISTORTIONS)
    across = bars[0].get_segments()[1]
    np.testing.assert_allclose(across, [[24.1, 64.6], [24.3, 64.6]])
    shown = {text.get_text(): text.xy for text in axes.texts if hasattr(text, "xy")}
    np.testing.assert_allclose(shown["fc"], [24.2, 64.6])
    assert "rate" in axes.get_xlabel()
    assert "distortion" in axes.get_ylabel()


def test_grey_lines_are_those_of_equal_elbo():
    axes = rate_distortion(RATES, DISTORTIONS).axes[0]
    assert axes.get_aspect() == 1.0
    levels = [line for line in axes.lines if line.get_color() == "#dddddd"]
    assert len(levels) >= 3
    sums = [np.ptp(line.get_xdata() + line.get_ydata()) for line in levels]
    np.testing.assert_allclose(sums, 0, atol=1e-9)
    for text in axes.texts:
        x, y = text.get_position()
        assert x + y == pytest.approx(-float(text.get_text().split()[1]))


def test_a_curve_is_joined_by_rate():
    axes = rate_distortion(RATES, DISTORTIONS, connect=True).axes[0]
    curves = [np.asarray(line.get_xdata()).tolist() for line in axes.lines]
    assert sorted(RATES) in curves


def test_one_point_and_no_negative_rates():
    axes = rate_distortion([0.5], [300.0]).axes[0]
    assert axes.get_xlim()[0] >= 0
    assert axes.get_xlim()[0] < 0.5 < axes.get_xlim()[1]
    assert axes.get_ylim()[0] < 300 < axes.get_ylim()[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0], [1.0, 2.0]), r"`distortions` of shape \(1,\).*\(2,\)"),
        (([1.0], [np.inf]), "`distortions` to be finite"),
        (([], []), "`rates`.*not empty"),
        (([1.0], [2.0], ["a", "b"]), "each of the 1 points.*Received: 2"),
        (([1.0], [2.0], [], [1.0, 2.0]), "`rate_errors` of shape"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        rate_distortion(*arguments)
