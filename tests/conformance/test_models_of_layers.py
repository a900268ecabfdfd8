"""One set of checks over models that end in a layer of `vaezoo.layers`."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers import Prior

tfd = tfp.distributions

BATCH, FEATURES = 4, 5
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


@pytest.fixture(autouse=True)
def reproducible():
    keras.utils.set_random_seed(0)


@keras.saving.register_keras_serializable(package="vaezoo_tests")
class Subclassed(keras.Model):
    def __init__(self, hidden, head, **kwargs):
        super().__init__(**kwargs)
        self.hidden, self.head = hidden, head

    def call(self, inputs):
        return self.head(self.hidden(inputs))

    def get_config(self):
        parts = {"hidden": self.hidden, "head": self.head}
        return {k: keras.saving.serialize_keras_object(v) for k, v in parts.items()}

    @classmethod
    def from_config(cls, config):
        return cls(*map(keras.saving.deserialize_keras_object, config.values()))


def functional(hidden, head):
    inputs = keras.Input((FEATURES,))
    return keras.Model(inputs, head(hidden(inputs)))


def sequential(hidden, head):
    return keras.Sequential([keras.Input((FEATURES,)), hidden, head])


def subclassed(hidden, head):
    model = Subclassed(hidden, head)
    model(features())  # builds it
    return model


@pytest.fixture(
    params=[
        functional,
        pytest.param(sequential, marks=pytest.mark.slow),
        pytest.param(subclassed, marks=pytest.mark.slow),
    ],
    ids=lambda f: f.__name__,
)
def make_model(request, main_case):
    """From the layer's keyword arguments to a model that ends in it."""

    def make(**kwargs):
        hidden = keras.layers.Dense(main_case.params, name="hidden")
        return request.param(hidden, main_case.make(name="head", **kwargs))

    return make


def features(rows=BATCH):
    rng = np.random.default_rng(1)
    return tf.constant(rng.normal(size=(rows, FEATURES)), tf.float32)


def reference_of(case, model, inputs):
    kernel, bias = model.get_weights()[:2]
    return case.reference(inputs @ kernel + bias)


@pytest.mark.parametrize("compiled", ["eager", "graph", "xla"])
def test_the_output_is_the_distribution(main_case, make_model, compiled):
    model, inputs = make_model(), features()
    expected = reference_of(main_case, model, inputs)
    other = main_case.reference(main_case.parameters())
    value = main_case.reference(main_case.parameters(seed=3)).sample(seed=1)

    def function(inputs):
        distribution = model(inputs)
        return distribution, main_case.quantities(distribution, other, value)

    if compiled != "eager":
        function = tf.function(function, jit_compile=compiled == "xla")
    distribution, actual = function(inputs)
    assert isinstance(distribution, main_case.kind)
    assert isinstance(distribution, tfd.Distribution)
    assert distribution.batch_shape == expected.batch_shape == (BATCH,)
    assert distribution.event_shape == expected.event_shape == main_case.event_shape
    assert distribution.shape == (BATCH, *main_case.event_shape)
    assert distribution.dtype == expected.dtype
    main_case.assert_all_close(actual, main_case.quantities(expected, other, value))


def test_the_batch_size_may_be_unknown_to_the_graph(main_case, make_model):
    model = make_model()
    signature = [tf.TensorSpec((None, FEATURES))]

    @tf.function(input_signature=signature)
    def function(inputs):
        distribution = model(inputs)
        assert distribution.batch_shape.as_list() in ([None], [])
        return distribution.mean(), distribution.log_prob(distribution.mean())

    for rows in (1, BATCH, 0):
        inputs = features(rows)
        mean, log_prob = function(inputs)
        expected = reference_of(main_case, model, inputs)
        assert log_prob.shape == (rows,)
        np.testing.assert_allclose(mean, expected.mean(), **CLOSE)
        np.testing.assert_allclose(log_prob, expected.log_prob(mean), **CLOSE)


def test_summary_shows_the_shape_of_one_value(main_case, make_model):
    lines = []
    model = make_model()
    model.summary(print_fn=lines.append, line_length=120)
    text = "\n".join(lines)
    assert "head" in text
    assert main_case.layer.__name__ in text
    if not isinstance(model, Subclassed):  # Keras knows no shapes of these
        assert str((None, *main_case.event_shape)) in text
    own = main_case.weights
    assert model.count_params() == (FEATURES + 1) * main_case.params + own


def test_predict_and_compute_output_shape(main_case, make_model):
    model = make_model()
    shape = (BATCH, *main_case.event_shape)
    assert model.predict(features(), verbose=0).shape == shape
    head = main_case.make()
    assert head.compute_output_shape((BATCH, main_case.params)) == shape
    spec = head.compute_output_spec(keras.KerasTensor((None, main_case.params)))
    assert spec.shape == (None, *main_case.event_shape)
    assert spec.dtype == head(main_case.parameters()).dtype.name


def test_the_negative_log_likelihood_as_the_loss_of_compile(main_case, make_model):
    model = make_model()
    model.compile("sgd", loss=lambda y, distribution: -distribution.log_prob(y))
    target = main_case.reference(main_case.parameters()).sample(seed=1).numpy()
    expected = -reference_of(main_case, model, features()).log_prob(target)
    loss = model.evaluate(features(), target, verbose=0)
    np.testing.assert_allclose(loss, np.mean(expected), rtol=1e-5)
    if not isinstance(model.layers[-1], Prior):  # which has no weight to fit
        model.fit(features(), target, epochs=2, verbose=0)
        assert model.evaluate(features(), target, verbose=0) < loss


def test_training_under_xla_takes_an_uneven_last_batch(main_case):
    hidden = keras.layers.Dense(main_case.params, name="hidden")
    model = functional(hidden, main_case.make(name="head"))
    loss = lambda y, distribution: -distribution.log_prob(y)  # noqa: E731
    model.compile(keras.optimizers.SGD(1e-4), loss, jit_compile=True)
    target = main_case.reference(main_case.parameters(5)).sample(seed=1).numpy()
    # The second batch is smaller: from there on, the graph knows no batch size.
    if not isinstance(model.layers[-1], Prior):  # which has no weight to fit
        model.fit(features(5), target, batch_size=3, verbose=0)
    loss = model.evaluate(features(5), target, batch_size=3, verbose=0)
    assert np.isfinite(loss)


def test_saving_keeps_every_bit(main_case, make_model, tmp_path):
    model, inputs = make_model(), features()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert type(loaded) is type(model)
    assert type(loaded.layers[-1]) is type(model.layers[-1])
    assert loaded.layers[-1].get_config() == model.layers[-1].get_config()
    mean = model(inputs).mean()
    actual = main_case.quantities(loaded(inputs), model(inputs), mean)
    expected = main_case.quantities(model(inputs), model(inputs), mean)
    main_case.assert_all_close(actual, expected, rtol=0, atol=0)


def test_clones_have_their_own_weights(main_case, make_model):
    model, inputs = make_model(), features()
    clone = keras.models.clone_model(model)
    assert type(clone) is type(model)
    before = clone(inputs).mean().numpy()
    model.set_weights([weight + 1.0 for weight in model.get_weights()])
    np.testing.assert_array_equal(clone(inputs).mean(), before)
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(clone(inputs).mean(), model(inputs).mean())
    assert isinstance(clone(inputs), main_case.kind)


def run_in_session(folder, inputs):
    """Feeds and fetches an export in the runtime of TensorFlow Serving."""
    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        loaded = tf.compat.v1.saved_model.loader.load(session, ["serve"], str(folder))
        signature = loaded.signature_def["serve"]
        (fed,) = (tensor.name for tensor in signature.inputs.values())
        fetched = {key: tensor.name for key, tensor in signature.outputs.items()}
        return session.run(fetched, {fed: inputs})


def test_an_export_runs_in_a_session(main_case, make_model, tmp_path):
    model, inputs = make_model(), features()
    value = main_case.reference(main_case.parameters(1)).sample(seed=1)

    def endpoint(inputs):
        distribution = model(inputs)
        return {
            "mean": distribution.mean(),
            "log_prob": distribution.log_prob(value),
            "value": tf.convert_to_tensor(distribution),
        }

    archive = keras.export.ExportArchive()
    archive.track(model)
    signature = [tf.TensorSpec((None, FEATURES), name="inputs")]
    archive.add_endpoint("serve", endpoint, signature)
    archive.write_out(tmp_path / "export", verbose=False)
    outputs = run_in_session(tmp_path / "export", inputs.numpy())
    assert outputs.pop("value").shape == (BATCH, *main_case.event_shape)
    expected = reference_of(main_case, model, inputs)
    desired = {"mean": expected.mean(), "log_prob": expected.log_prob(value)}
    main_case.assert_all_close(outputs, desired)


def test_a_model_exports_as_it_is(main_case, tmp_path):
    hidden = keras.layers.Dense(main_case.params, name="hidden")
    model, inputs = functional(hidden, main_case.make()), features()
    # The export names the type of the distribution, which TensorFlow points out.
    with pytest.warns(UserWarning, match="Encoding a StructuredValue"):
        model.export(tmp_path / "export", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "export")
    distribution = loaded.serve(inputs)
    expected = reference_of(main_case, model, inputs)
    assert isinstance(distribution, main_case.kind)
    other, value = expected[::-1], expected.sample(seed=1)
    actual = main_case.quantities(distribution, other, value)
    main_case.assert_all_close(actual, main_case.quantities(expected, other, value))


def test_models_under_mixed_precision(main_case, mixed_precision, make_model):
    model, downstream = make_model(), keras.layers.Dense(2)

    @tf.function(jit_compile=mixed_precision.name == "mixed_bfloat16")
    def function(inputs):
        distribution = model(inputs)
        return distribution, downstream(distribution)

    distribution, outputs = function(features())
    assert model.layers[-1].dtype_policy == mixed_precision
    assert distribution.dtype == tf.float32
    assert distribution.log_prob(distribution.mean()).dtype == tf.float32
    assert outputs.dtype == mixed_precision.compute_dtype
    expected = reference_of(main_case, model, features())
    np.testing.assert_allclose(distribution.mean(), expected.mean(), atol=0.05)


def test_a_functional_model_goes_on_behind_the_layer(layer_case, tmp_path):
    inputs = keras.Input((layer_case.params,))
    head = layer_case.make(name="head")
    if not isinstance(head, Prior):  # a prior's value is a random sample
        head = layer_case.make(name="head", convert_to_tensor_fn="mean")
    between = head(inputs)
    hidden = keras.layers.Flatten()(between) * 2.0
    outputs = keras.layers.Dense(2)(hidden)
    model = keras.Model(inputs, [between, outputs])
    distribution, result = model(layer_case.parameters())
    assert isinstance(distribution, layer_case.kind)
    kernel, bias = model.get_weights()[-2:]
    flat = tf.reshape(distribution, (BATCH, -1)) * 2.0
    np.testing.assert_allclose(result, flat @ kernel + bias, **CLOSE)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    if not isinstance(head, Prior):
        again = loaded(layer_case.parameters())[1]
        np.testing.assert_array_equal(again, result)
        expected = layer_case.reference(layer_case.parameters()).mean()
        np.testing.assert_allclose(distribution.numpy(), expected, **CLOSE)
