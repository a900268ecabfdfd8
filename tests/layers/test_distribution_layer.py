import json

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers import DistributionLayer, MultivariateNormalDiag

tfd = tfp.distributions

PARAMS = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")


@keras.saving.register_keras_serializable(package="vaezoo_tests")
class GammaLayer(DistributionLayer):
    """What a user writes for a distribution that the room does not have."""

    @classmethod
    def params_size(cls, event_shape):
        return 2 * event_shape[0]

    def distribution(self, params):
        concentration, rate = tf.split(tf.nn.softplus(params), 2, axis=-1)
        return tfd.Independent(tfd.Gamma(concentration, rate), 1)


@keras.saving.register_keras_serializable(package="vaezoo_tests")
def twice_the_mean(distribution):
    return 2.0 * distribution.mean()


@pytest.mark.parametrize("name", ["sample", "mean", "mode", "stddev", "variance"])
def test_conversions_by_name_or_method(name):
    method = getattr(tfd.Distribution, name)
    for convert in (name, method):
        layer = MultivariateNormalDiag(3, convert_to_tensor_fn=convert)
        assert layer.get_config()["convert_to_tensor_fn"] == name
        assert layer.convert_to_tensor_fn is method
        distribution = layer(PARAMS)
        if name != "sample":
            np.testing.assert_array_equal(distribution, method(distribution))


def test_a_registered_function_is_a_conversion(tmp_path):
    layer = MultivariateNormalDiag(3, convert_to_tensor_fn=twice_the_mean)
    model = keras.Sequential([keras.Input((6,)), layer, keras.layers.Flatten()])
    np.testing.assert_allclose(model(PARAMS), 2.0 * PARAMS[:, :3])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded(PARAMS), model(PARAMS))


@pytest.mark.parametrize("convert", ["median", 3, None])
def test_other_conversions_are_refused(convert):
    with pytest.raises(ValueError, match="'mode', 'probs', 'sample'") as caught:
        MultivariateNormalDiag(3, convert_to_tensor_fn=convert)
    assert str(caught.value).endswith(f"Received: convert_to_tensor_fn={convert!r}")


def test_a_function_that_cannot_be_rebuilt_is_used_but_not_saved(tmp_path):
    for convert in (lambda d: d.mean() + 1.0, tfd.Distribution.entropy):
        layer = MultivariateNormalDiag(3, convert_to_tensor_fn=convert)
        model = keras.Sequential([keras.Input((6,)), layer])
        np.testing.assert_array_equal(model(PARAMS), convert(model(PARAMS)))
        with pytest.raises(ValueError, match="register_keras_serializable") as caught:
            model.save(tmp_path / "model.keras")
        assert str(caught.value).endswith(f"convert_to_tensor_fn={convert!r}")


def test_a_layer_of_ones_own_needs_two_methods(tmp_path):
    model = keras.Sequential([keras.Input((6,)), GammaLayer(3)])
    distribution = model(PARAMS)
    assert isinstance(distribution, tfd.Independent)
    assert distribution.batch_shape == (4,)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded(PARAMS).mean(), distribution.mean())
    value = distribution.numpy()
    layer = model.layers[-1]
    np.testing.assert_array_equal(
        layer.log_prob(distribution, value), distribution.log_prob(value)
    )
    assert not layer.binary


def test_what_is_not_defined_says_so():
    layer, seeds = DistributionLayer(2), tf.constant([1], tf.int64)
    calls = {
        "params_size": lambda: layer.params_size(2),
        "distribution": lambda: layer.distribution(PARAMS),
        "draw": lambda: layer.draw(None, seeds, 0),
        "draw_many": lambda: layer.draw_many(None, seeds, 0, 2),
        "initial_params": lambda: layer.initial_params(PARAMS),
    }
    for name, call in calls.items():
        with pytest.raises(NotImplementedError, match=f"must define `{name}"):
            call()


@pytest.mark.parametrize("rank", [1, 3, 4])
def test_batch_shapes_of_any_rank(rank):
    params = np.random.default_rng(1).normal(size=(2, 3, 4, 6)[4 - rank :])
    distribution = MultivariateNormalDiag(3)(params.astype("float32"))
    assert distribution.batch_shape == params.shape[:-1]
    np.testing.assert_allclose(distribution.mean(), params[..., :3], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["int32", "float16", "bfloat16", "float64"])
def test_parameters_of_any_type_are_cast(dtype):
    params = tf.cast(tf.round(PARAMS), dtype)
    distribution = MultivariateNormalDiag(3)(params)
    assert distribution.dtype == tf.float32
    np.testing.assert_array_equal(distribution.mean(), np.round(PARAMS)[:, :3])


def test_validate_args_reaches_tfp():
    layer = MultivariateNormalDiag(3, validate_args=True)
    assert layer(PARAMS).validate_args
    assert not MultivariateNormalDiag(3)(PARAMS).validate_args


def test_a_wrong_input_is_refused_when_the_model_is_made():
    with pytest.raises(ValueError, match=r"NormalDiag\.params_size") as error:
        MultivariateNormalDiag(3)(keras.Input((5,)))
    assert str(error.value).endswith("Received: input of shape (None, 5)")
    with pytest.raises(ValueError, match="an input with 6 parameters"):
        keras.Sequential([keras.Input((5,)), MultivariateNormalDiag(3)])


def test_event_shapes_may_come_from_numpy_tensorflow_and_json():
    for event_shape in (3, np.int64(3), (3,), [3], tf.TensorShape([3])):
        layer = MultivariateNormalDiag(event_shape)
        assert layer.event_shape == (3,)
        json.dumps(layer.get_config())
