"""Models as TensorFlow Lite files, run by its interpreter."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.serving import export_tflite, tflite_interpreter
from vaezoo.serving import tflite as module
from vaezoo.zoo import ModelFileError, UnknownModelError

CLOSE = {"rtol": 1e-5, "atol": 1e-5}


def perturbed(model):
    rng = np.random.default_rng(2)
    for weight in model.weights:  # also biases, which begin at zero
        value = np.asarray(weight)
        weight.assign(value + rng.normal(0.0, 0.2, value.shape))
    return model


def convolutional():
    keras.utils.set_random_seed(1)
    return perturbed(
        vaezoo.ConvolutionalVAE((9, 10, 3), latent_dim=4, filters=(4,), dense_units=8)
    )


def conditional():
    keras.utils.set_random_seed(1)
    return perturbed(
        vaezoo.ConditionalVAE(
            (5, 4, 1),
            2,
            vaezoo.Labels(3),
            network="fully_connected",
            hidden_units=(6,),
            prior="conditional_normal",
        )
    )


def full_covariance():
    keras.utils.set_random_seed(1)
    return perturbed(
        vaezoo.FullyConnectedVAE(
            (5, 4, 1), 3, hidden_units=(6,), posterior="multivariate_normal_tril"
        )
    )


@pytest.fixture(scope="module", params=[convolutional, conditional, full_covariance])
def lite(request, tmp_path_factory):
    """A model and an interpreter of its file."""
    model = request.param()
    folder = export_tflite(model, tmp_path_factory.mktemp("lite") / "mine")
    with tflite_interpreter(folder) as interpreter:
        return model, folder, interpreter


def run(interpreter, signature, **inputs):
    return interpreter.get_signature_runner(signature)(**inputs)


def test_signatures_are_those_of_the_server(lite):
    model, folder, interpreter = lite
    assert [path.name for path in folder.iterdir()] == ["model.tflite"]
    label = [] if model.condition is None else ["label"]
    assert interpreter.get_signature_list() == {
        "encode": {"inputs": ["image", *label], "outputs": ["z_mean", "z_stddev"]},
        "decode": {
            "inputs": sorted(["z", *label]),
            "outputs": ["logits", "mean"],
        },
        "sample": {"inputs": [*label, "seed"], "outputs": ["image", "z"]},
    }


@pytest.mark.parametrize("rows", [1, 5, 0])
def test_answers_are_those_of_python_for_any_number_of_rows(lite, rows):
    model, _, interpreter = lite
    rng = np.random.default_rng(rows)
    images = rng.random((rows, *model.image_shape), dtype="float32")
    z = rng.normal(size=(rows, model.latent_dim)).astype("float32")
    seeds = np.array([0, 1, -1, 2**40 + 3, -(2**62)])[:rows]
    y = None if model.condition is None else model.condition.example(rows)
    given = {} if y is None else {"label": y}
    encoded = run(interpreter, "encode", image=images, **given)
    decoded = run(interpreter, "decode", z=z, **given)
    sampled = run(interpreter, "sample", seed=seeds, **given)
    if not rows:
        assert encoded["z_mean"].shape == (0, model.latent_dim)
        assert (
            decoded["mean"].shape == sampled["image"].shape == (0, *model.image_shape)
        )
        return
    posterior = model.encode(images, y)
    np.testing.assert_allclose(encoded["z_mean"], posterior.mean(), **CLOSE)
    np.testing.assert_allclose(encoded["z_stddev"], posterior.stddev(), **CLOSE)
    np.testing.assert_allclose(decoded["mean"], model.decode(z, y).mean(), **CLOSE)
    drawn = model.draw_latents(tf.constant(seeds), y)
    np.testing.assert_allclose(sampled["z"], drawn, **CLOSE)
    np.testing.assert_allclose(sampled["image"], model.sample(seed=seeds, y=y), **CLOSE)


def test_operators_are_built_in_and_weights_are_in_once(lite):
    model, folder, interpreter = lite
    names = {operator["op_name"] for operator in interpreter._get_ops_details()}
    assert not {name for name in names if name.startswith(("Flex", "CUSTOM"))}
    size = (folder / "model.tflite").stat().st_size
    assert size < 4 * model.count_params() + 120_000


def test_the_next_version_and_none_twice(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "_converted", lambda *_: b"file")
    monkeypatch.setattr(module, "_check", lambda *_: None)
    model = vaezoo.FullyConnectedVAE((4, 4, 1), 2, hidden_units=(3,))
    folder = tmp_path / "mine"
    assert export_tflite(model, folder) == folder / "1"
    assert export_tflite(model, folder) == folder / "2"
    assert export_tflite(model, folder, version=7) == folder / "7"
    with pytest.raises(FileExistsError, match="never overwritten"):
        export_tflite(model, folder, version=7)
    with pytest.raises(TypeError, match=r"vaezoo\.VAE"):
        export_tflite(keras.Sequential(), folder)
    with pytest.raises(UnknownModelError):
        export_tflite("no_such_model", folder)
    assert sorted(path.name for path in folder.iterdir()) == ["1", "2", "7"]


def test_a_file_that_answers_wrongly_never_appears(monkeypatch, tmp_path):
    convert = module._converted

    def convert_other_weights(endpoints, inputs):
        content = convert(endpoints, inputs)
        for weight in endpoints.model.weights:
            weight.assign(weight + 0.1)
        return content

    monkeypatch.setattr(module, "_converted", convert_other_weights)
    model = vaezoo.Autoencoder((4, 4, 1), 2, hidden_units=(3,))
    with pytest.raises(RuntimeError, match=r"`z` of 'encode' differs by 0\.\d"):
        export_tflite(model, tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


@keras.saving.register_keras_serializable(package="tests")
class Determinant(keras.layers.Layer):
    """A layer that TensorFlow Lite has no operator for."""

    def call(self, x):
        square = tf.reshape(x, [-1, 4, 4]) + tf.eye(4)
        return tf.reshape(x, [-1, 16]) * tf.linalg.det(square)[:, None]


def test_operators_that_are_not_built_in_are_named(make_network_with, tmp_path):
    model = make_network_with(Determinant())
    with pytest.raises(ValueError, match=r"built-in operators.*it needs .*Determinant"):
        export_tflite(model, tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_named(tmp_path):
    with (
        pytest.raises(ModelFileError, match="no such file"),
        tflite_interpreter(tmp_path),
    ):
        pass


@pytest.mark.slow
@pytest.mark.parametrize(
    "likelihood",
    [
        "categorical",
        "continuous_bernoulli",
        "discretized_logistic",
        "discretized_logistic_mixture",
        "normal",
    ],
)
def test_every_likelihood(likelihood, tmp_path):
    shape = (4, 4, 3) if "mixture" in likelihood else (6, 5, 1)
    model = vaezoo.FullyConnectedVAE(shape, 3, hidden_units=(8,), likelihood=likelihood)
    folder = export_tflite(perturbed(model), tmp_path / "mine")  # which compares
    with tflite_interpreter(folder) as interpreter:
        image = run(interpreter, "sample", seed=np.array([3]))["image"]
    np.testing.assert_allclose(image, model.sample(seed=[3]), rtol=1e-4, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", vaezoo.list_models())
def test_every_model_of_the_zoo(name, tmp_path):
    folder = export_tflite(name, tmp_path / name)  # which compares
    model = vaezoo.load(name)
    if isinstance(model, vaezoo.Autoencoder):  # which draws none
        return
    seeds = np.array([1, -2, 2**50])
    y = None if model.condition is None else model.condition.example(3)
    given = {} if y is None else {model.condition.serving_name: y}
    with tflite_interpreter(folder) as interpreter:
        image = run(interpreter, "sample", seed=seeds, **given)["image"]
    np.testing.assert_allclose(image, model.sample(seed=seeds, y=y), **CLOSE)
