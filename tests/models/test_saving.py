import json

import keras
import numpy as np
import pytest

from vaezoo.layers import IndependentBernoulli, MultivariateNormalDiag
from vaezoo.models import ConvolutionalVAE, FullyConnectedVAE

SHAPE = (4, 3, 1)

MODELS = {
    "fully connected": lambda: FullyConnectedVAE(
        SHAPE, 3, (5, 5), "silu", residual=True, seed=7, name="mine"
    ),
    "convolutional": lambda: ConvolutionalVAE(
        SHAPE, 3, filters=(2, 3), dense_units=4, residual_blocks=1
    ),
    "NumPy integers": lambda: FullyConnectedVAE(
        np.array(SHAPE), np.int64(3), np.array([5, 6])
    ),
    "layers for names": lambda: FullyConnectedVAE(
        SHAPE,
        3,
        (5,),
        posterior=MultivariateNormalDiag(3, min_scale=0.01),
        likelihood=IndependentBernoulli(SHAPE, convert_to_tensor_fn="mean"),
    ),
}


@pytest.fixture(params=[*MODELS, "own networks"])
def any_model(request, make_own_model):
    if request.param == "own networks":
        return make_own_model(seed=3, name="own")
    return MODELS[request.param]()


def test_the_configuration_is_json_and_makes_the_same_model(any_model):
    config = json.dumps(any_model.get_config())
    copy = type(any_model).from_config(json.loads(config))
    assert json.dumps(copy.get_config()) == config
    assert (copy.name, copy.seed) == (any_model.name, any_model.seed)
    shapes = [(w.name, w.shape) for w in any_model.weights]
    assert [(w.name, w.shape) for w in copy.weights] == shapes


def test_arguments_of_a_family_are_its_configuration():
    config = MODELS["fully connected"]().get_config()
    assert config["hidden_units"] == [5, 5]
    assert config["likelihood"] == "bernoulli"
    assert config["image_shape"] == [4, 3, 1]
    layer = MODELS["layers for names"]().get_config()["posterior"]
    assert layer["config"]["min_scale"] == 0.01


@pytest.mark.parametrize("compiled", [False, True])
def test_a_keras_file_is_the_same_model(any_model, images, tmp_path, compiled):
    if compiled:
        any_model.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    path = tmp_path / "model.keras"
    any_model.save(path)
    loaded = keras.saving.load_model(path, safe_mode=True)
    assert type(loaded) is type(any_model)
    for weight, expected in zip(loaded.weights, any_model.weights, strict=True):
        np.testing.assert_array_equal(np.asarray(weight), np.asarray(expected))
    elbo = any_model.elbo(images, seed=1)
    np.testing.assert_array_equal(loaded.elbo(images, seed=1), elbo)
    assert loaded.compiled == compiled


def test_weights_alone(make_model, images, tmp_path):
    model, other = make_model(), make_model()
    other.set_weights([np.zeros_like(weight) for weight in other.get_weights()])
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(
        other.elbo(images, seed=1), model.elbo(images, seed=1)
    )


def test_training_goes_on_where_the_file_left_off(make_model, images, tmp_path):
    whole, part = make_model(), make_model()
    fit = {"batch_size": 4, "shuffle": False, "verbose": 0}
    for model in (whole, part):
        model.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    whole.fit(images, epochs=2, **fit)
    part.fit(images, epochs=1, **fit)
    part.save(tmp_path / "part.keras")
    rest = keras.saving.load_model(tmp_path / "part.keras")
    assert int(rest.optimizer.iterations) == 3
    rest.fit(images, epochs=1, **fit)
    for weight, expected in zip(rest.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-5, atol=1e-7)


def test_clone_model_has_weights_of_its_own(make_model, images):
    model = make_model()
    clone = keras.models.clone_model(model)
    assert type(clone) is type(model)
    assert not np.array_equal(clone.get_weights()[0], model.get_weights()[0])
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(clone.elbo(images, seed=0), model.elbo(images, 0))
