"""`fit`, `evaluate` and `predict` with everything that Keras lets one pass."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from vaezoo import random
from vaezoo.random import Stream

NAMES = ("loss", "elbo", "reconstruction", "kl")
QUIET = {"verbose": 0, "shuffle": False}


@pytest.fixture
def make_compiled(make_model):
    def make(optimizer="sgd", jit_compile=False, **kwargs):
        model = make_model()
        model.compile(optimizer, jit_compile=jit_compile, **kwargs)
        return model

    return make


def flat_weights(model):
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


@pytest.fixture(scope="module")
def expected(images):
    """Memory for what the first test of a series computed."""
    return {}


@pytest.fixture
def trained_weights(make_compiled, images, expected):
    """The weights after one epoch on uint8 images in batches of four."""
    if "weights" not in expected:
        model = make_compiled()
        model.fit(images, batch_size=4, **QUIET)
        expected["weights"] = flat_weights(model)
    return expected["weights"]


def evaluation_terms(model, images):
    """The terms of each image, with the noise that `evaluate` gives its row."""
    seed = random.fold_in(model.seed, 0, Stream.TEST)
    terms = model.terms(images, random.row_seeds(seed, len(images)))
    return {name: getattr(terms, name).numpy() for name in NAMES}


class Batches(keras.utils.PyDataset):
    def __init__(self, images):
        super().__init__()
        self.images = images

    def __len__(self):
        return -(-len(self.images) // 4)

    def __getitem__(self, index):
        return self.images[4 * index : 4 * index + 4]


def dataset(*arrays):
    arrays = arrays[0] if len(arrays) == 1 else arrays
    return tf.data.Dataset.from_tensor_slices(arrays).batch(4)


ARRAYS = {
    "float32": lambda x: x.astype("float32") / 255.0,
    "float64": lambda x: x / 255.0,
    "lists": lambda x: (x / 255.0).tolist(),
    "a tensor": tf.constant,
}
BATCHES = {
    "uint8 data set": dataset,
    "float data set": lambda x: dataset(x / 255.0).prefetch(1),
    "data set of tuples": lambda x: tf.data.Dataset.from_tensor_slices((x,)).batch(4),
    "data set of unknown shape": lambda x: tf.data.Dataset.from_generator(
        lambda: (x[i : i + 4] for i in range(0, len(x), 4)), output_types=tf.uint8
    ),
    "PyDataset": Batches,
    "generator": lambda x: (x[i : i + 4] for i in range(0, len(x), 4)),
}


# Keras says so of every source whose length it does not know.
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("form", [*ARRAYS, *BATCHES])
def test_data_of_every_form_train_alike(make_compiled, images, trained_weights, form):
    model = make_compiled()
    if form in ARRAYS:
        model.fit(ARRAYS[form](images), batch_size=4, **QUIET)
    else:
        model.fit(BATCHES[form](images), **QUIET)
    np.testing.assert_allclose(flat_weights(model), trained_weights, rtol=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"steps_per_execution": 3},
        {"jit_compile": True},
        {"jit_compile": True, "steps_per_execution": 2},
        {"run_eagerly": True},
    ],
    ids=str,
)
def test_modes_of_execution_train_alike(
    make_compiled, images, trained_weights, options
):
    model = make_compiled(**options)
    model.fit(images, batch_size=4, **QUIET)
    np.testing.assert_allclose(
        flat_weights(model), trained_weights, rtol=1e-4, atol=1e-6
    )


def test_training_lowers_the_loss(make_compiled, binary):
    history = make_compiled(keras.optimizers.Adam(0.02)).fit(
        binary, epochs=30, batch_size=4, verbose=0
    )
    losses = history.history["loss"]
    assert np.mean(losses[-5:]) < np.mean(losses[:5]) - 1.0


# --- metrics --------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("steps_per_execution", [1, 2])
def test_metrics_of_fit_are_means_over_examples(
    make_compiled, images, training_seeds, weighted, steps_per_execution
):
    model = make_compiled(
        keras.optimizers.SGD(0.0), steps_per_execution=steps_per_execution
    )
    sample_weight = np.linspace(0.5, 3.0, len(images)) if weighted else None
    logs = model.fit(images, sample_weight=sample_weight, batch_size=4, **QUIET).history
    for name in NAMES:
        values = []
        for step, start in enumerate(range(0, len(images), 4)):
            batch = images[start : start + 4]  # the last has three
            terms = model.terms(batch, training_seeds(model.seed, step, len(batch)))
            values.extend(getattr(terms, name).numpy())
        mean = np.average(values, weights=sample_weight)
        assert logs[name] == [pytest.approx(mean, rel=1e-5)]


@pytest.mark.parametrize("batch_size", [1, 4, 11, 100])
def test_evaluate_is_the_same_for_every_batch_size(make_compiled, images, batch_size):
    model = make_compiled()
    terms = evaluation_terms(model, images)
    means = [terms[name].mean() for name in NAMES]
    for _ in range(2):
        received = model.evaluate(images, batch_size=batch_size, verbose=0)
        np.testing.assert_allclose(received, means, rtol=1e-5)
    assert model.metrics_names == list(NAMES)


def test_evaluate_takes_data_sets_weights_and_several_steps(make_compiled, images):
    model = make_compiled(steps_per_execution=2)
    terms = evaluation_terms(model, images)
    weight = np.linspace(0.5, 3.0, len(images))
    received = model.evaluate(
        images, sample_weight=weight, batch_size=4, verbose=0, return_dict=True
    )
    for name in NAMES:
        mean = np.average(terms[name], weights=weight)
        assert received[name] == pytest.approx(mean, rel=1e-5)
    with_weights = dataset(images, weight).map(lambda x, weight: (x, None, weight))
    assert model.evaluate(with_weights, verbose=0) == pytest.approx(
        [received[name] for name in NAMES], rel=1e-5
    )
    means = [terms[name].mean() for name in NAMES]
    received = model.evaluate(dataset(images / 255.0), verbose=0)
    np.testing.assert_allclose(received, means, rtol=1e-5)


def test_evaluate_does_not_depend_on_what_was_done_before(make_compiled, images):
    model = make_compiled(keras.optimizers.SGD(0.0))
    expected = model.evaluate(images, verbose=0)
    model.fit(images, batch_size=4, validation_data=images[:3], verbose=0)
    model.predict(images, verbose=0)
    np.testing.assert_allclose(model.evaluate(images, verbose=0), expected, rtol=1e-6)


VALIDATION = {
    "array": lambda x: x,
    "tuple": lambda x: (x,),
    "tuple of three": lambda x: (x, None, np.ones(len(x))),
    "data set": dataset,
}


@pytest.mark.parametrize("form", VALIDATION)
def test_validation_data(make_compiled, images, form):
    model = make_compiled()
    data = VALIDATION[form](images[:6])
    logs = model.fit(images, validation_data=data, epochs=2, verbose=0).history
    expected = model.evaluate(images[:6], verbose=0, return_dict=True)
    assert logs.keys() == {*NAMES, *(f"val_{name}" for name in NAMES)}
    for name in NAMES:
        assert logs[f"val_{name}"][-1] == pytest.approx(expected[name], rel=1e-5)


def test_weighted_validation_data(make_compiled, images):
    model, weight = make_compiled(), np.linspace(0.0, 1.0, len(images))
    data = (images, None, weight)
    logs = model.fit(images, validation_data=data, verbose=0).history
    terms = evaluation_terms(model, images)
    mean = np.average(terms["elbo"], weights=weight)
    assert logs["val_elbo"] == [pytest.approx(mean, rel=1e-5)]


def test_validation_split_takes_the_last_images(make_compiled, images):
    model = make_compiled()
    logs = model.fit(images, validation_split=0.3, epochs=1, verbose=0).history
    expected = model.evaluate(images[7:], verbose=0)
    received = [logs[f"val_{name}"][0] for name in NAMES]
    np.testing.assert_allclose(received, expected, rtol=1e-5)


# --- optimizer and callbacks ----------------------------------------------------------


@pytest.mark.parametrize(
    ("clipping", "norm"),
    [
        ({"global_clipnorm": 0.01}, np.linalg.norm),
        ({"clipnorm": 0.01}, lambda steps: np.linalg.norm(steps, axis=-1).max()),
        ({"clipvalue": 0.01}, lambda steps: np.abs(steps).max()),
    ],
    ids=["global_clipnorm", "clipnorm", "clipvalue"],
)
def test_the_optimizer_clips_gradients(make_compiled, images, clipping, norm):
    model = make_compiled(keras.optimizers.SGD(1.0, **clipping))
    before = model.get_weights()
    model.train_on_batch(images)
    longest = max(weight.size for weight in before)
    steps = [
        np.pad((new - old).ravel(), (0, longest - old.size))
        for old, new in zip(before, model.get_weights(), strict=True)
    ]
    assert norm(steps) == pytest.approx(0.01, rel=1e-3)


class Recorder(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.logs = []

    def on_epoch_end(self, epoch, logs=None):
        self.logs.append(logs)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda model, callback: callback,
        lambda model, callback: [callback],
        lambda model, callback: keras.callbacks.CallbackList(
            [callback], add_history=True, model=model, epochs=2
        ),
    ],
    ids=["one", "list", "CallbackList"],
)
def test_callbacks_see_the_metrics(make_compiled, images, wrap):
    model, recorder = make_compiled(), Recorder()
    model.fit(images, epochs=2, callbacks=wrap(model, recorder), verbose=0)
    assert [set(logs) for logs in recorder.logs] == [set(NAMES)] * 2


def test_a_checkpoint_and_early_stopping(make_compiled, images, tmp_path):
    model = make_compiled(keras.optimizers.SGD(0.0))
    path = tmp_path / "best.weights.h5"
    history = model.fit(
        images,
        epochs=5,
        validation_data=images,
        callbacks=[
            keras.callbacks.EarlyStopping("val_elbo", mode="max", patience=1),
            keras.callbacks.ModelCheckpoint(path, save_weights_only=True),
        ],
        verbose=0,
    )
    assert len(history.epoch) == 2
    other = make_compiled()
    other.set_weights([np.zeros_like(weight) for weight in other.get_weights()])
    other.load_weights(path)
    np.testing.assert_array_equal(flat_weights(other), flat_weights(model))


# --- predict --------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [None, 4])
def test_predict_reconstructs(make_compiled, images, batch_size):
    model = make_compiled()
    expected = model.reconstruct(images)
    predicted = model.predict(images, batch_size=batch_size, verbose=0)
    assert predicted.dtype == np.float32
    np.testing.assert_allclose(predicted, expected, rtol=1e-6)
    from_batches = model.predict(dataset(images), verbose=0)
    np.testing.assert_allclose(from_batches, expected, rtol=1e-6)


# --- small data -----------------------------------------------------------------------


@pytest.mark.parametrize(("count", "batch_size"), [(1, 32), (3, 1)], ids=str)
def test_few_images_simply_work(make_compiled, images, count, batch_size):
    model = make_compiled()
    few = images[:count]
    logs = model.fit(few, batch_size=batch_size, validation_data=few, verbose=0).history
    assert np.isfinite([logs[name] for name in logs]).all()
    assert len(model.evaluate(few, verbose=0)) == 4
    assert model.predict(few, verbose=0).shape == few.shape
    assert model.reconstruct(few).shape == few.shape
    assert model.elbo(few, seed=0).shape == (count,)
    assert model.log_prob(few, 3, seed=0).shape == (count,)


def test_validation_split_keeps_the_weights_of_its_part(make_compiled, images):
    model, weight = make_compiled(), np.linspace(0.0, 1.0, len(images))
    logs = model.fit(
        images, sample_weight=weight, validation_split=0.3, verbose=0
    ).history
    terms = evaluation_terms(model, images[7:])
    mean = np.average(terms["kl"], weights=weight[7:])
    assert logs["val_kl"] == [pytest.approx(mean, rel=1e-5)]
