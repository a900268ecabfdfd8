import csv

import keras
import numpy as np
import pytest
import tensorflow as tf

from vaezoo.callbacks import LatentUsage
from vaezoo.evaluation import latent_use
from vaezoo.models import FullyConnectedVAE

SHAPE, LATENT_DIM = (4, 3, 1), 3
NAMES = {"active_units", "kl_max", "kl_min"}


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (300, *SHAPE)).astype("uint8")


@pytest.fixture
def model():
    keras.utils.set_random_seed(1)
    model = FullyConnectedVAE(SHAPE, LATENT_DIM, hidden_units=(8,))
    layer = model.encoder.get_layer("posterior_params")
    kernel = layer.kernel.numpy() * 4.0
    kernel[:, [1, 4]] = 0.0  # dimension 1 does not see the image
    layer.kernel.assign(kernel)
    return model


def fit(model, images, callbacks, **kwargs):
    model.compile("sgd", jit_compile=False)
    return model.fit(images, batch_size=100, callbacks=callbacks, verbose=0, **kwargs)


def test_the_numbers_of_each_epoch_are_in_the_history(model, images):
    usage = LatentUsage(images)
    history = fit(model, images, [usage], epochs=3).history
    assert set(history) > NAMES
    assert {len(values) for values in history.values()} == {3}
    use = latent_use(model, images)  # the model is as the last epoch left it
    np.testing.assert_array_equal(usage.kl, use.kl)
    np.testing.assert_array_equal(usage.kl_history[-1], usage.kl)
    assert len(usage.kl_history) == 3
    assert history["active_units"][-1] == use.active_units
    assert history["kl_max"][-1] == use.kl.max()
    assert history["kl_min"][-1] == use.kl.min()
    assert history["kl_max"][0] != history["kl_max"][-1]


class Reader(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(dict(logs))


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("in_a_list", [True, False])
def test_readers_of_the_logs_see_them_in_any_order(
    model, images, tmp_path, first, in_a_list
):
    usage, reader = LatentUsage(images), Reader()
    path = tmp_path / "log.csv"
    readers = [reader, keras.callbacks.CSVLogger(str(path))]
    callbacks = [usage, *readers] if first else [*readers, usage]
    if not in_a_list:
        callbacks = keras.callbacks.CallbackList(
            callbacks, add_history=True, model=model, epochs=2
        )
    fit(model, images, callbacks, epochs=2)
    assert all(set(logs) > NAMES for logs in reader.seen)
    with path.open() as file:
        rows = list(csv.DictReader(file))
    for row, kl in zip(rows, usage.kl_history, strict=True):
        assert float(row["kl_max"]) == pytest.approx(kl.max())


def test_early_stopping_can_watch_them(model, images):
    stop = keras.callbacks.EarlyStopping("active_units", mode="max", patience=0)
    history = fit(model, images, [stop, LatentUsage(images)], epochs=9)
    assert len(history.epoch) < 9


def test_tensorboard_is_given_them(model, images, tmp_path, monkeypatch):
    scalars = {}
    summary = pytest.importorskip("tensorflow.summary")

    def scalar(name, data, step, **kwargs):
        scalars[name, int(step)] = float(data)

    # Without the package `tensorboard` TensorFlow has no summaries of its own.
    monkeypatch.setattr(summary, "scalar", scalar)
    board = keras.callbacks.TensorBoard(tmp_path, write_graph=False)
    usage = LatentUsage(images)
    fit(model, images, [board, usage], epochs=2)
    for epoch, kl in enumerate(usage.kl_history):
        assert scalars["epoch_kl_max", epoch] == pytest.approx(kl.max())
        assert scalars["epoch_kl_min", epoch] == pytest.approx(kl.min())
        assert scalars["epoch_active_units", epoch] in range(LATENT_DIM + 1)


def test_the_event_file_of_tensorboard_holds_them(model, images, tmp_path):
    pytest.importorskip("tensorboard")
    board = keras.callbacks.TensorBoard(tmp_path, write_graph=False)
    fit(model, images, [board, LatentUsage(images)], epochs=1)
    (path,) = (tmp_path / "train").glob("events*")
    tags = {
        value.tag
        for event in tf.compat.v1.train.summary_iterator(str(path))
        for value in event.summary.value
    }
    assert {f"epoch_{name}" for name in NAMES} <= tags


def test_training_is_not_changed_by_watching(images):
    weights = []
    for callbacks in ([], [LatentUsage(images)]):
        keras.utils.set_random_seed(2)
        model = FullyConnectedVAE(SHAPE, LATENT_DIM, hidden_units=(8,))
        fit(model, images, callbacks, epochs=2, shuffle=False)
        weights.append(np.concatenate([w.ravel() for w in model.get_weights()]))
    np.testing.assert_array_equal(*weights)


def test_images_that_do_not_fit_are_found_before_training(model, images):
    before = model.get_weights()
    with pytest.raises(ValueError, match="Received: "):
        fit(model, images, [LatentUsage(images[:, :2])])
    for old, new in zip(before[:-1], model.get_weights()[:-1], strict=True):
        np.testing.assert_array_equal(old, new)
