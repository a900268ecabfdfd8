"""How steps are executed: the rule, what overrides it, and that losses stay."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from vaezoo import objectives
from vaezoo.models import Autoencoder, ConvolutionalVAE, FullyConnectedVAE
from vaezoo.models.conditions import Labels
from vaezoo.models.execution import STEPS, is_dense, steps_at_a_time
from vaezoo.models.fused_steps import FusedSteps

SHAPE = (4, 3, 1)
COUNT = 23
BATCH = 4
on_a_cpu = pytest.mark.skipif(
    bool(tf.config.list_physical_devices("GPU")), reason="the rule of CPUs"
)


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(6)
    return rng.integers(0, 256, (COUNT, *SHAPE)).astype("uint8")


def conv_model():
    return ConvolutionalVAE(SHAPE, latent_dim=2, filters=(3, 4), dense_units=6)


def dataset(images, batch_size=BATCH):
    return tf.data.Dataset.from_tensor_slices(images).batch(batch_size)


# --- the rule -------------------------------------------------------------------------


class OwnLayer(keras.layers.Dense):
    pass


@on_a_cpu
def test_dense_networks_run_under_xla_and_convolutions_do_not(make_model):
    dense, conv = make_model(), conv_model()
    residual = FullyConnectedVAE(SHAPE, latent_dim=2, hidden_units=(5, 5))
    for model, expected in ((dense, True), (residual, True), (conv, False)):
        model.compile()
        assert model.jit_compile is expected
        assert model.steps_per_execution == STEPS
    auto = Autoencoder(SHAPE, latent_dim=2, hidden_units=(5,))
    auto.compile()
    assert auto.jit_compile is True


def test_layers_that_are_not_known_are_not_dense():
    inputs = keras.Input((2,))
    own = keras.Model(inputs, OwnLayer(3)(inputs))
    nested = keras.Sequential([keras.Input((2,)), own, keras.layers.Dense(2)])
    assert not is_dense(own)
    assert not is_dense(nested)
    assert is_dense(keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]))


def test_what_is_asked_for_wins(make_model):
    dense, conv = make_model(), conv_model()
    dense.compile(jit_compile=False, steps_per_execution=3)
    conv.compile(jit_compile=True, steps_per_execution=2)
    assert (dense.jit_compile, dense.steps_per_execution) == (False, 3)
    assert (conv.jit_compile, conv.steps_per_execution) == (True, 2)
    dense.compile(run_eagerly=True)
    assert (dense.run_eagerly, dense.jit_compile, dense.steps_per_execution) == (
        True,
        False,
        1,
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((), 20),
        ((None, None), 20),
        ((100,), 20),
        ((30,), 15),
        ((30, 20), 10),
        ((7,), 7),
        ((469,), 7),
        ((401,), 1),
    ],
)
def test_steps_at_a_time_make_up_what_is_asked_for(given, expected):
    infinite = tf.data.Dataset.range(3).repeat()
    assert steps_at_a_time(infinite, *given) == expected
    assert steps_at_a_time(None, *given) == expected


def test_there_are_no_more_steps_at_a_time_than_there_are():
    assert steps_at_a_time(tf.data.Dataset.range(3)) == 3
    assert steps_at_a_time(tf.data.Dataset.range(300)) == STEPS


@pytest.mark.parametrize(
    "options",
    [{}, {"jit_compile": True}, {"jit_compile": False, "steps_per_execution": 3}],
    ids=str,
)
def test_what_was_left_to_the_model_stays_so_in_a_file(make_model, options, tmp_path):
    model = make_model()
    model.compile("sgd", **options)
    auto = {"jit_compile": "auto", "steps_per_execution": "auto", **options}
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for one in (model, loaded):
        config = one.get_compile_config()
        assert {name: config[name] for name in auto} == auto
    assert loaded.jit_compile == model.jit_compile
    assert loaded.steps_per_execution == model.steps_per_execution


# --- every path gives the same losses -------------------------------------------------

EPOCHS = 2


class Losses(keras.callbacks.Callback):
    """The loss of each epoch, and the metrics that go with it."""

    def __init__(self):
        super().__init__()
        self.logs = []

    def on_epoch_end(self, epoch, logs=None):
        self.logs.append(dict(logs))


class EveryBatch(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.batches = []

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append(batch)


def train(model, x, callbacks=(), **kwargs):
    arguments = {"epochs": EPOCHS, "verbose": 0, **kwargs}
    model.fit(x, callbacks=list(callbacks), **arguments)
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


def train_on_batches(model, x):
    for _ in range(EPOCHS):
        for start in range(0, len(x), BATCH):
            model.train_on_batch(x[start : start + BATCH])
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


IN_ORDER = {"batch_size": BATCH, "shuffle": False, "adapt": False}
PATHS = {
    "arrays, XLA": ({}, lambda m, x: train(m, x, **IN_ORDER)),
    "arrays, XLA asked for, two at a time": (
        {"jit_compile": True, "steps_per_execution": 2},
        lambda m, x: train(m, x, **IN_ORDER),
    ),
    "arrays, XLA, called at every batch": (
        {},
        lambda m, x: train(m, x, [EveryBatch()], **IN_ORDER),
    ),
    "arrays, graph": ({"jit_compile": False}, lambda m, x: train(m, x, **IN_ORDER)),
    "arrays, eager": ({"run_eagerly": True}, lambda m, x: train(m, x, **IN_ORDER)),
    "data set, XLA": ({}, lambda m, x: train(m, dataset(x), adapt=False)),
    "data set, graph": (
        {"jit_compile": False},
        lambda m, x: train(m, dataset(x), adapt=False),
    ),
    "infinite data set, XLA": (
        {},
        lambda m, x: train(m, dataset(x).repeat(), adapt=False, steps_per_epoch=6),
    ),
    "train_on_batch, XLA": ({}, train_on_batches),
    "train_on_batch, graph": ({"jit_compile": False}, train_on_batches),
}


@pytest.fixture(scope="module")
def memory():
    """What the first test of a series computed."""
    return {}


@pytest.mark.parametrize("path", PATHS)
def test_every_path_trains_alike(make_model, many, path, memory):
    options, run = PATHS[path]
    model = make_model()
    model.compile(keras.optimizers.SGD(0.01), **options)
    trained = run(model, many)
    expected = memory.setdefault("trained", trained)
    np.testing.assert_allclose(trained, expected, rtol=1e-4, atol=1e-6)
    steps = EPOCHS * -(-COUNT // BATCH)
    assert int(model.optimizer.iterations) == steps
    # The metrics of a last step see its loss and the weights before it.
    terms = model.evaluate(many, verbose=0)
    np.testing.assert_allclose(
        terms, memory.setdefault("terms", terms), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("jit_compile", ["auto", False])
def test_logs_are_those_of_single_steps(make_model, many, jit_compile):
    logs = []
    for options in ({"run_eagerly": True}, {"jit_compile": jit_compile}):
        model, losses = make_model(), Losses()
        model.compile(keras.optimizers.SGD(0.01), **options)
        weight = np.linspace(0.5, 2.0, COUNT)
        train(
            model,
            many,
            [losses],
            sample_weight=weight,
            validation_split=0.3,
            batch_size=BATCH,
        )
        logs.append(losses.logs)
    for received, expected in zip(*logs, strict=True):
        assert received.keys() == expected.keys()
        assert len(expected) == 8
        for name in expected:
            assert received[name] == pytest.approx(expected[name], rel=1e-4)


def test_arrays_are_shuffled_alike_whatever_the_mode(make_model, many):
    weights = []
    for options in ({}, {"jit_compile": False}, {"run_eagerly": True}):
        model = make_model()
        model.compile(keras.optimizers.SGD(0.01), **options)
        weights.append(train(model, many, batch_size=BATCH))
    for other in weights[1:]:
        np.testing.assert_allclose(other, weights[0], rtol=1e-4, atol=1e-6)
    model = make_model()
    model.compile(keras.optimizers.SGD(0.01))
    in_order = train(model, many, batch_size=BATCH, shuffle=False)
    assert not np.allclose(in_order, weights[0], rtol=1e-4, atol=1e-6)


def test_two_fits_are_one(make_model, many):
    """The order of an epoch depends on the steps before it, not on the call."""
    weights = []
    for calls in (1, 2):
        model = make_model()
        model.compile(keras.optimizers.SGD(0.01), jit_compile=False)
        for _ in range(calls):
            trained = train(model, many, batch_size=BATCH, epochs=2 // calls)
        weights.append(trained)
    np.testing.assert_array_equal(*weights)


# --- callbacks and numbers of steps ---------------------------------------------------


def test_a_callback_of_batches_is_called_at_each(make_model, many):
    model, listener = make_model(), EveryBatch()
    model.compile("sgd", jit_compile=False)
    train(model, many, [listener], batch_size=BATCH, epochs=1)
    assert listener.batches == [0, 1, 2, 3, 4, 5]
    assert model.steps_per_execution == STEPS
    model.compile("sgd", jit_compile=False, steps_per_execution=3)
    train(model, many, [listener], batch_size=BATCH, epochs=1)
    assert listener.batches[6:] == [2, 5]


@pytest.mark.parametrize("jit_compile", [False, "auto"])
def test_steps_per_epoch_are_as_many_as_asked_for(make_model, many, jit_compile):
    model = make_model()
    model.compile("sgd", jit_compile=jit_compile)
    x = dataset(many).repeat()
    model.fit(x, steps_per_epoch=22, epochs=2, verbose=0)
    assert int(model.optimizer.iterations) == 44


def test_steps_of_evaluate_are_as_many_as_asked_for(make_model, many):
    model = make_model()
    model.compile("sgd", jit_compile=False)
    twice = np.concatenate([many[:4]] * 22)
    expected = model.evaluate(twice, batch_size=4, verbose=0)
    received = model.evaluate(dataset(many[:4]).repeat(), steps=22, verbose=0)
    np.testing.assert_allclose(received, expected, rtol=1e-5)


# Keras says so of every source whose length it does not know.
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_a_data_set_of_unknown_length(make_model, many):
    model = make_model()
    model.compile("sgd")
    x = dataset(many).filter(lambda batch: tf.shape(batch)[0] > 0)
    model.fit(x, epochs=2, verbose=0)
    assert int(model.optimizer.iterations) == 12


def test_the_bar_does_not_run_over(make_model, many, capsys):
    model = make_model()
    model.compile("sgd", jit_compile=False)
    model.fit(many, batch_size=BATCH, verbose=1)
    assert "6/6" in (printed := capsys.readouterr().out)
    assert "20/6" not in printed


# --- fused steps ----------------------------------------------------------------------


def fused(model):
    """The function of training, which is one XLA program of several steps."""
    assert isinstance(model.train_function, FusedSteps)
    return model.train_function


@on_a_cpu
def test_a_smaller_batch_is_not_compiled(make_model, many):
    model = make_model()
    model.compile("sgd", steps_per_execution=3)
    for _ in range(2):
        model.fit(many, batch_size=BATCH, epochs=2, verbose=0)
    program = fused(model)._program
    assert program.experimental_get_tracing_count() == 1
    model.fit(many, batch_size=5, verbose=0)
    assert program.experimental_get_tracing_count() == 2
    model.fit(many, batch_size=BATCH, verbose=0)
    assert program.experimental_get_tracing_count() == 2


@on_a_cpu
def test_functions_are_kept_for_each_number_of_steps(make_model, many):
    model = make_model()
    model.compile("sgd", jit_compile=False)
    functions = []
    for listeners in ([], [EveryBatch()], [], [EveryBatch()]):
        train(model, many, listeners, batch_size=BATCH, epochs=1)
        functions.append(model.train_function)
    assert functions[:2] == functions[2:]
    assert functions[0] is not functions[1]


@keras.saving.register_keras_serializable(package="tests")
class Printing(objectives.ELBO):
    """An objective of one's own that XLA cannot compile."""

    def loss(self, reconstruction, kl):
        loss = kl - reconstruction
        tf.py_function(lambda values: None, [loss], [])
        return loss


@on_a_cpu
def test_what_xla_cannot_compile_trains_all_the_same(make_model, many):
    weights = []
    for objective in ("elbo", Printing()):
        model = make_model(objective=objective)
        model.compile(keras.optimizers.SGD(0.01))
        if objective == "elbo":
            weights.append(train(model, many, batch_size=BATCH))
            continue
        with pytest.warns(UserWarning, match="Expected a model that XLA can compile"):
            weights.append(train(model, many, batch_size=BATCH))
    np.testing.assert_allclose(*weights, rtol=1e-4, atol=1e-6)


class Counting(FullyConnectedVAE):
    """A model with a step of its own, and a metric of its own."""

    def train_step(self, data):
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return {**super().train_step(data), "rows": tf.shape(x)[0]}


def test_a_step_of_ones_own_keeps_its_logs(many):
    model = Counting(SHAPE, latent_dim=2, hidden_units=(5,))
    model.compile("sgd")
    logs = model.fit(many, batch_size=BATCH, verbose=0).history
    assert logs["rows"] == [COUNT % BATCH]


def test_gradients_of_several_batches_have_noise_of_their_own(make_model, many):
    """Two batches of one image, accumulated, are not twice the same step."""
    x = np.repeat(many[:1], 2, axis=0)
    model = make_model()
    model.compile(
        keras.optimizers.SGD(0.0, gradient_accumulation_steps=2), jit_compile=False
    )
    first, second = (
        model.train_on_batch(x[:1], return_dict=True)["loss"] for _ in range(2)
    )
    assert float(first) != float(second)
    assert int(model.optimizer.iterations) == 1


@pytest.mark.parametrize("jit_compile", ["auto", False])
def test_accumulated_gradients_change_weights_every_other_batch(
    make_model, many, jit_compile
):
    model = make_model()
    model.compile(
        keras.optimizers.SGD(0.01, gradient_accumulation_steps=2),
        jit_compile=jit_compile,
    )
    model.fit(many, batch_size=BATCH, epochs=2, verbose=0)
    assert int(model.optimizer.iterations) == 6


def test_labels_and_weights_of_a_conditional_model(many):
    y, weight = np.arange(COUNT) % 3, np.linspace(0.5, 2.0, COUNT)
    results = []
    for options in ({}, {"run_eagerly": True}):
        keras.utils.set_random_seed(0)
        model = FullyConnectedVAE(
            SHAPE,
            latent_dim=2,
            hidden_units=(5,),
            condition=Labels(3),
        )
        model.compile(keras.optimizers.SGD(0.01), **options)
        model.fit(many, y, sample_weight=weight, batch_size=BATCH, verbose=0)
        results.append(model.evaluate(many, y, verbose=0))
    np.testing.assert_allclose(*results, rtol=1e-4)
