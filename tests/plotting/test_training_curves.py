import keras
import numpy as np
import pytest

from vaezoo.plotting import training_curves

CSV = """epoch,elbo,kl,loss,reconstruction,val_elbo,val_loss
0,-140.0,17.0,140.0,-123.0,NA,NA
1,-114.0,20.0,114.0,-94.0,-113.0,113.0
2,-110.0,21.0,110.0,-89.0,NA,NA
"""


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(CSV)
    return path


def lines(figure, panel=0):
    return {
        line.get_label(): np.asarray(line.get_xydata()).tolist()
        for line in figure.axes[panel].lines
    }


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


def test_of_a_recipes_log(log):
    for source in (log, str(log), log.parent):
        figure = training_curves(source)
        assert titles(figure) == ["elbo (nats)", "reconstruction (nats)", "kl (nats)"]
        assert lines(figure) == {
            "training": [[1, -140], [2, -114], [3, -110]],
            "validation": [[2, -113]],
        }
        assert [t.get_text() for t in figure.legends[0].get_texts()] == [
            "training",
            "validation",
        ]


def test_of_a_history():
    history = keras.callbacks.History()
    history.on_train_begin()
    history.set_model(keras.Sequential())
    for epoch in (3, 4):
        history.on_epoch_end(epoch, {"loss": 5.0 - epoch, "elbo": epoch - 9.0})
    figure = training_curves(history)
    assert titles(figure) == ["loss (nats)", "elbo (nats)"]
    assert lines(figure) == {"training": [[4, 2], [5, 1]]}


def test_of_other_metrics():
    log = {"accuracy": [0.5, 0.7], "val_accuracy": [0.4, 0.6], "learning_rate": [1, 1]}
    assert titles(training_curves(log)) == ["accuracy"]
    assert titles(training_curves(log, ["learning_rate"])) == ["learning_rate"]


def test_the_first_epochs_do_not_set_the_scale():
    elbo = [-1e6, *np.linspace(-110, -90, 99)]
    low, high = training_curves({"elbo": elbo}).axes[0].get_ylim()
    assert -112 < low < -107
    assert -90 < high < -88


@pytest.mark.parametrize(
    ("log", "error", "message"),
    [
        ("absent.csv", FileNotFoundError, "Expected a CSV log. Received: 'absent.csv'"),
        (3, ValueError, "Received: int"),
        ({}, ValueError, "at least one epoch.*nothing"),
        ({"loss": []}, ValueError, "at least one epoch"),
        ({"loss": [1, 2], "kl": [1]}, ValueError, "as many numbers for each"),
        ({"loss": ["a"]}, ValueError, "log of numbers"),
    ],
)
def test_what_is_no_log_is_refused(log, error, message):
    with pytest.raises(error, match=message):
        training_curves(log)


def test_bad_files_and_metrics_are_refused(log, tmp_path):
    with pytest.raises(ValueError, match=r"Expected metrics.*val_elbo.*Received: fid"):
        training_curves(log, ["elbo", "fid"])
    bad = tmp_path / "bad.csv"
    for text in ("epoch,loss\n0,high\n", "epoch,loss\n0\n", "epoch,loss\n0,1,2\n", ""):
        bad.write_text(text)
        with pytest.raises(ValueError, match=r"Expected a.*log.*Received"):
            training_curves(bad)
