import json

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers import DistributionLambda, IndependentNormal

tfd = tfp.distributions

PARAMS = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")


@keras.saving.register_keras_serializable(package="vaezoo_tests")
def make_normal(params):
    return tfd.Normal(params[..., :3], tf.exp(params[..., 3:]))


@keras.saving.register_keras_serializable(package="vaezoo_tests")
def make_of_two(parts):
    return tfd.Normal(parts["loc"], tf.nn.softplus(parts["raw"]))


@keras.saving.register_keras_serializable(package="vaezoo_tests")
def five_samples(distribution):
    return distribution.sample(5)


def test_it_returns_what_the_function_makes():
    distribution = DistributionLambda(make_normal)(PARAMS)
    assert isinstance(distribution, tfd.Normal)
    assert tf.is_tensor(distribution)
    np.testing.assert_array_equal(distribution.loc, PARAMS[:, :3])
    assert distribution.numpy().shape == distribution.shape == (4, 3)


def test_a_lambda_works_but_is_not_saved(tmp_path):
    make = lambda t: tfd.Normal(t, 1.0)  # noqa: E731
    model = keras.Sequential([keras.Input((6,)), DistributionLambda(make)])
    np.testing.assert_array_equal(model(PARAMS).mean(), PARAMS)
    for save in (
        lambda: model.save(tmp_path / "model.keras"),
        lambda: keras.models.clone_model(model),
        lambda: model.layers[-1].get_config(),
    ):
        with pytest.raises(ValueError, match="`make_distribution_fn` to be regis") as e:
            save()
        assert str(e.value).endswith(f"Received: make_distribution_fn={make!r}")


@pytest.mark.parametrize("convert", ["mean", five_samples])
def test_a_registered_function_is_saved(convert, tmp_path):
    layer = DistributionLambda(make_normal, convert_to_tensor_fn=convert, name="head")
    model = keras.Sequential([keras.Input((6,)), layer])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    config = json.loads(json.dumps(layer.get_config()))
    assert json.loads(json.dumps(loaded.layers[-1].get_config())) == config
    assert loaded.layers[-1].make_distribution_fn is make_normal
    np.testing.assert_array_equal(loaded(PARAMS).stddev(), model(PARAMS).stddev())


def test_the_shape_is_that_of_the_value():
    head = DistributionLambda(make_normal, five_samples)
    outputs = head(keras.Input((6,)))
    assert outputs.shape == (5, None, 3)
    assert head.compute_output_shape((4, 6)) == (5, 4, 3)
    assert head(PARAMS).shape == head(PARAMS).numpy().shape == (5, 4, 3)
    scalar = DistributionLambda(lambda t: tfd.Independent(tfd.Normal(t, 1.0), 1))
    assert scalar(keras.Input((6,))).shape == (None, 6)


def test_inputs_may_be_a_structure():
    inputs = {name: keras.Input((3,), name=name) for name in ("loc", "raw")}
    model = keras.Model(inputs, DistributionLambda(make_of_two, "mean")(inputs))
    distribution = model({"loc": PARAMS[:, :3], "raw": PARAMS[:, 3:]})
    np.testing.assert_array_equal(distribution.mean(), PARAMS[:, :3])
    assert model.output_shape == (None, 3)


def test_further_arguments_are_passed_on():
    layer = DistributionLambda(lambda t, low, high=1.0: tfd.Uniform(t + low, t + high))
    distribution = layer(PARAMS, low=-2.0, high=3.0)
    np.testing.assert_allclose(distribution.high - distribution.low, 5.0, rtol=1e-5)


def test_the_function_may_return_one_object_again_and_again():
    prior = tfd.Normal(tf.zeros(3), 1.0)
    layer = DistributionLambda(lambda _: prior)
    first, second = layer(PARAMS), layer(PARAMS)
    assert first is not prior
    assert not tf.is_tensor(prior)
    assert np.abs(first.numpy() - second.numpy()).max() > 0.0


def test_the_function_may_return_the_output_of_another_layer():
    inside = IndependentNormal(3, convert_to_tensor_fn="mean")
    layer = DistributionLambda(lambda t: inside(2.0 * t), "stddev")
    np.testing.assert_array_equal(layer(PARAMS), inside(2.0 * PARAMS).stddev())
    np.testing.assert_array_equal(inside(PARAMS), PARAMS[:, :3])


def test_attributes_of_the_distribution_are_kept():
    def make(t):
        distribution = tfd.Normal(t, 1.0)
        distribution.remark = "seen"
        return distribution

    assert DistributionLambda(make)(PARAMS).remark == "seen"


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_floats_are_cast_to_the_dtype_of_densities(policy):
    seen = []
    layer = DistributionLambda(
        lambda t: [seen.append(x.dtype) for x in t] and tfd.Normal(t[0], 1.0),
        dtype=policy,
    )
    half = tf.cast(PARAMS, layer.compute_dtype)
    distribution = layer([half, tf.constant([1, 2])])
    expected = "float64" if policy == "float64" else "float32"
    assert seen == [tf.as_dtype(expected), tf.int32]
    assert distribution.dtype == expected


@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_reach_the_parameters(jit_compile):
    layer = DistributionLambda(make_normal)

    @tf.function(jit_compile=jit_compile)
    def gradient(params):
        with tf.GradientTape() as tape:
            tape.watch(params)
            loss = tf.reduce_sum(layer(params).log_prob(0.0))
        return tape.gradient(loss, params)

    loc, scale = PARAMS[:, :3], np.exp(PARAMS[:, 3:])
    expected = np.concatenate([-loc / scale**2, (loc / scale) ** 2 - 1.0], 1)
    np.testing.assert_allclose(gradient(tf.constant(PARAMS)), expected, rtol=1e-4)


@pytest.mark.parametrize("bad", [None, 3, "make_normal", tfd.Normal(0.0, 1.0)], ids=str)
def test_only_functions_make_distributions(bad):
    with pytest.raises(ValueError, match="Expected `make_distribution_fn`") as caught:
        DistributionLambda(bad)
    assert str(caught.value).endswith(f"Received: make_distribution_fn={bad!r}")


@pytest.mark.parametrize("result", [None, PARAMS, [tfd.Normal(0.0, 1.0)]], ids=str)
def test_the_function_must_return_a_distribution(result):
    with pytest.raises(TypeError, match="`make_distribution_fn` to return a TensorF"):
        DistributionLambda(lambda _: result)(PARAMS)
