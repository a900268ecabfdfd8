import keras
import numpy as np
import pytest
import tensorflow as tf

from vaezoo import random
from vaezoo.models import ConvolutionalVAE, FullyConnectedVAE
from vaezoo.models.dtype_scope import dtype_scope

HALF = ["mixed_float16", "mixed_bfloat16"]


@pytest.mark.parametrize("dtype", HALF)
def test_networks_in_half_precision_densities_in_float32(make_model, images, dtype):
    model, exact = make_model(dtype=dtype), make_model()
    assert model.encoder.compute_dtype == dtype.removeprefix("mixed_")
    assert {weight.dtype for weight in model.trainable_weights} == {"float32"}
    seeds = random.row_seeds(1, len(images))
    terms = model.terms(images, seeds)
    assert {value.dtype for value in terms} == {tf.float32}
    for value, expected in zip(terms, exact.terms(images, seeds), strict=True):
        np.testing.assert_allclose(value, expected, rtol=0.05)
    assert model.sample(2, seed=0).dtype == np.float32
    assert model.reconstruct(images).dtype == np.float32
    estimate = model.log_prob(images, 5, seed=2)
    np.testing.assert_allclose(estimate, exact.log_prob(images, 5, seed=2), rtol=0.05)


@pytest.mark.parametrize("dtype", [*HALF, "float64"])
@pytest.mark.parametrize(
    "jit_compile",
    [
        pytest.param(False, id="graph"),
        pytest.param(True, id="XLA", marks=pytest.mark.slow),
    ],
)
def test_training(make_model, binary, dtype, jit_compile):
    model = make_model(dtype=dtype)
    model.compile(keras.optimizers.Adam(0.05), jit_compile=jit_compile)
    scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (dtype == "mixed_float16")
    many = np.tile(binary, (30, 1, 1, 1))  # an image set a step, thirty steps
    logs = [
        model.fit(many, batch_size=len(binary), validation_data=binary, verbose=0)
        for _ in range(2)
    ]
    first, second = (log.history for log in logs)
    assert np.isfinite([*first["val_loss"], *second["val_loss"]]).all()
    assert second["loss"][0] < first["loss"][0] - 0.5


def test_a_scaled_loss_gives_the_step_of_an_unscaled_one(make_model, images):
    steps = []
    for dtype in ("float32", "mixed_float16"):
        model = make_model(dtype=dtype)
        before = model.get_weights()
        model.compile(keras.optimizers.SGD(0.1), jit_compile=False)
        model.train_on_batch(images)
        after = model.get_weights()
        pairs = zip(before, after, strict=True)
        steps.append(np.concatenate([(new - old).ravel() for old, new in pairs]))
    size = np.abs(steps[0]).max()
    np.testing.assert_allclose(steps[1], steps[0], atol=0.02 * size)


def test_float64_agrees_with_float32(make_model, images):
    model, double = make_model(), make_model(dtype="float64")
    double.set_weights(model.get_weights())  # Keras draws other ones in float64
    seeds = random.row_seeds(1, len(images))
    terms = double.terms(images, seeds)
    assert terms.kl.dtype == tf.float64
    for value, expected in zip(terms, model.terms(images, seeds), strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("dtype", HALF)
def test_activity_regularizers_of_half_precision(make_model, images, dtype):
    model = make_model(dtype=dtype)
    model.encoder.get_layer("hidden_0").activity_regularizer = keras.regularizers.L2(1)
    model.compile("sgd", jit_compile=False)
    assert np.isfinite(model.train_on_batch(images)).all()


@pytest.mark.parametrize("dtype", [None, "mixed_bfloat16", "float64"])
@pytest.mark.parametrize("family", [FullyConnectedVAE, ConvolutionalVAE])
def test_the_configuration_holds_the_precision_of_every_layer(family, dtype):
    small = {"latent_dim": 2, "dtype": dtype}
    model = family((4, 3, 1), **small)
    default = keras.config.dtype_policy()
    assert model.dtype_policy.name == dtype or default.name
    try:
        keras.config.set_dtype_policy("mixed_float16")
        copy = family.from_config(model.get_config())
    finally:
        keras.config.set_dtype_policy(default)
    for name in ("encoder", "decoder", "posterior", "likelihood", "prior_layer"):
        expected = getattr(model, name).dtype_policy.name
        assert expected == model.dtype_policy.name
        assert getattr(copy, name).dtype_policy.name == expected
    for layer, other in zip(model.encoder.layers, copy.encoder.layers, strict=True):
        assert layer.dtype_policy.name == other.dtype_policy.name


def test_the_default_policy_comes_back():
    default = keras.config.dtype_policy().name
    with dtype_scope("float64"):
        assert keras.config.dtype_policy().name == "float64"
    with pytest.raises(ValueError, match="wrong"), dtype_scope("float64"):
        raise ValueError("wrong")
    assert keras.config.dtype_policy().name == default
    with dtype_scope(None):
        assert keras.config.dtype_policy().name == default
