import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import (
    CategoricalMixtureOfOneHotCategorical,
    IndependentBernoulli,
    OneHotCategorical,
)

tfd = tfp.distributions

LOGITS = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")


def test_the_parameters_are_logits():
    expected = np.exp(LOGITS) / np.exp(LOGITS).sum(-1, keepdims=True)
    np.testing.assert_allclose(OneHotCategorical(5)(LOGITS).mean(), expected, rtol=1e-5)
    assert OneHotCategorical.params_size(5) == 5


def test_draws_are_one_hot_with_the_right_frequencies():
    layer, count = OneHotCategorical(5), 20_000
    distribution = layer(np.tile(LOGITS[:1], (count, 1)))
    drawn = layer.draw(distribution, random.row_seeds(1, count), 0).numpy()
    np.testing.assert_array_equal(drawn.sum(-1), np.ones(count))
    assert set(np.unique(drawn)) == {0.0, 1.0}
    mean, deviation = (
        d[0].numpy() for d in (distribution.mean(), distribution.stddev())
    )
    error = np.abs(drawn.mean(0) - mean) / (deviation / np.sqrt(count))
    assert error.max() < 4.5


def test_a_certain_category_is_always_drawn():
    logits = np.float32([[0.0, 500.0, 0.0], [500.0, 0.0, 0.0], [0.0, 0.0, 500.0]])
    layer = OneHotCategorical(3)
    for seed in range(20):
        drawn = layer.draw(layer(logits), random.row_seeds(seed, 3), 0)
        np.testing.assert_array_equal(drawn, logits / 500.0)


@pytest.mark.parametrize("sample_dtype", ["int32", "float64", None])
@pytest.mark.parametrize("kind", ["one", "mixture"])
def test_samples_have_the_sample_dtype(kind, sample_dtype):
    if kind == "one":
        layer = OneHotCategorical(5, sample_dtype=sample_dtype)
        params = LOGITS
    else:
        layer = CategoricalMixtureOfOneHotCategorical(
            3, 1, sample_dtype=sample_dtype, convert_to_tensor_fn="sample"
        )
        params = LOGITS[:, :4]
    distribution = layer(params)
    expected = sample_dtype or "float32"
    assert distribution.sample(seed=1).dtype == expected
    assert layer.compute_output_spec(keras.Input(params.shape[1:])).dtype == expected
    assert distribution.mean().dtype == tf.float32
    again = type(layer).from_config(layer.get_config())
    assert again.get_config()["sample_dtype"] == sample_dtype
    assert again(params).sample(seed=1).dtype == expected


@pytest.mark.parametrize("convert", ["mode", "mean", "logits", "probs"])
@pytest.mark.parametrize("kind", [OneHotCategorical, IndependentBernoulli])
def test_the_type_that_keras_sees_is_that_of_the_value(kind, convert):
    layer = kind(5, convert, sample_dtype="int32")
    spec = layer.compute_output_spec(keras.Input((5,)))
    value = layer(LOGITS).value()
    assert (
        spec.dtype == value.dtype.name == ("int32" if convert == "mode" else "float32")
    )


def test_logits_and_probabilities_as_values():
    logits = OneHotCategorical(5, tfd.OneHotCategorical.logits)
    np.testing.assert_array_equal(logits(LOGITS).numpy(), LOGITS)
    assert logits.get_config()["convert_to_tensor_fn"] == "logits"
    probs = OneHotCategorical(5, tfd.OneHotCategorical.probs)
    np.testing.assert_allclose(probs(LOGITS).numpy().sum(-1), np.ones(4), rtol=1e-6)


def test_initial_params_give_the_frequencies():
    layer = OneHotCategorical(4)
    mean = tf.constant([0.0, 0.2, 0.3, 0.5])
    actual = layer(layer.initial_params(mean)[None]).mean()[0]
    np.testing.assert_allclose(actual, mean, atol=1e-3)


def test_a_category_that_never_occurs_keeps_its_log_probability():
    params = np.float32([[0.0, 0.0, 300.0, 0.0, 300.0, 0.0]])
    distribution = CategoricalMixtureOfOneHotCategorical(2, 2)(params)
    np.testing.assert_allclose(distribution.log_mean(), [[0.0, -300.0]], rtol=1e-5)
