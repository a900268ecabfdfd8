"""One set of checks over every layer of `vaezoo.layers`.

A layer that is added to the room fails `test_every_layer_has_a_case` until it has an
entry in `LAYER_CASES`; from then on everything here, and in the tests of models that
end in a layer, holds for it too.
"""

import contextlib
import importlib
import itertools
import json
import pkgutil

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo.layers
from vaezoo import random
from vaezoo.layers import (
    DistributionLayer,
    KLDivergenceAddLoss,
    Prior,
    RealNVP,
)
from vaezoo.layers.discrete_layer import DiscreteLayer
from vaezoo.layers.distribution_output import DistributionOutput
from vaezoo.layers.independent_location_scale import IndependentLocationScale
from vaezoo.layers.mixture_of_location_scale import MixtureOfLocationScale

BATCH = 4
CLOSE = {"rtol": 1e-5, "atol": 1e-5}

# They are checked in the layers that are made of them.
BASES = {
    DiscreteLayer,
    DistributionLayer,
    DistributionOutput,
    IndependentLocationScale,
    MixtureOfLocationScale,
    Prior,
}
# They have tests of their own: the one takes a distribution where the others take
# parameters, and the moments of the other's distribution are not known.
TESTED_APART = {KLDivergenceAddLoss, RealNVP}


def layers_of_the_room():
    for module in pkgutil.iter_modules(vaezoo.layers.__path__):
        importlib.import_module(f"vaezoo.layers.{module.name}")
    found, waiting = set(), [DistributionOutput, Prior]
    while waiting:
        subclasses = waiting.pop().__subclasses__()
        waiting += subclasses
        found |= {c for c in subclasses if c.__module__.startswith("vaezoo.")}
    public = {c for c in vars(vaezoo.layers).values() if isinstance(c, type)}
    found |= {c for c in public if issubclass(c, keras.layers.Layer)}
    return sorted(found - BASES, key=lambda c: c.__name__)


@pytest.fixture(autouse=True)
def reproducible():
    keras.utils.set_random_seed(0)


@pytest.mark.parametrize("layer", layers_of_the_room(), ids=lambda c: c.__name__)
def test_every_layer_has_a_case(layer, layer_cases):
    assert layer in TESTED_APART | {case.layer for case in layer_cases}, (
        f"{layer.__name__} is not checked: add a LayerCase with its construction and a "
        "hand-built TFP distribution to LAYER_CASES in tests/conformance/conftest.py."
    )


@pytest.mark.parametrize("layer", layers_of_the_room(), ids=lambda c: c.__name__)
def test_every_layer_is_public_documented_and_registered(layer):
    assert getattr(vaezoo.layers, layer.__name__, None) is layer
    assert layer.__doc__
    assert layer.__doc__ != layer.__base__.__doc__
    assert keras.saving.get_registered_name(layer) == f"vaezoo>{layer.__name__}"


def test_densities_are_float32_under_mixed_precision(layer_case, mixed_precision):
    half = tf.cast(layer_case.parameters(), mixed_precision.compute_dtype)
    single = tf.cast(half, tf.float32)
    other = layer_case.reference(single[::-1])
    value = other.sample(seed=1)
    actual = layer_case.quantities(layer_case.make()(half), other, value)
    layer_case.assert_all_close(
        actual, layer_case.quantities(layer_case.reference(single), other, value)
    )


def test_the_configuration_is_the_constructor(layer_case):
    layer = layer_case.make(name="named", dtype="float64", trainable=False)
    config = json.loads(json.dumps(layer.get_config()))
    copy = type(layer).from_config(config)
    assert copy.get_config() == layer.get_config()
    assert (copy.name, copy.dtype, copy.trainable) == ("named", "float64", False)
    serialized = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
    again = keras.saving.deserialize_keras_object(serialized, safe_mode=True)
    assert type(again) is type(layer)
    params = layer_case.parameters(dtype="float64")
    np.testing.assert_array_equal(again(params).stddev(), layer(params).stddev())


def test_float64_layers_compute_in_float64(layer_case):
    params = layer_case.parameters(dtype="float64")
    layer = layer_case.make(dtype="float64")
    distribution, expected = layer(params), layer_case.reference(params)
    other = layer_case.reference(params[::-1])
    assert distribution.dtype == tf.float64
    value = expected.sample(seed=3)
    actual = layer_case.quantities(distribution, other, value)
    layer_case.assert_all_close(
        actual, layer_case.quantities(expected, other, value), rtol=1e-12, atol=1e-12
    )
    drawn = layer_case.draw(layer, distribution, random.row_seeds(1, BATCH))
    assert drawn.shape == value.shape


def test_gradients_are_those_of_the_hand_built_distribution(layer_case):
    params = layer_case.parameters(dtype="float64")
    value = layer_case.reference(params[::-1]).sample(seed=3)
    other = layer_case.reference(params[::-1])

    def gradients(make, params, value, other):
        with tf.GradientTape() as tape:
            tape.watch(params)
            distribution = make(params)
            results = layer_case.quantities(distribution, other, value)
        del results["samples"]
        return tape.gradient(results, params)

    expected = gradients(layer_case.reference, params, value, other)
    single = layer_case.reference(tf.cast(params[::-1], tf.float32))
    actual = gradients(
        layer_case.make(),
        tf.cast(params, tf.float32),
        tf.cast(value, tf.float32),
        single,
    )
    if expected is None:  # a prior without weights knows its input's batch size alone
        assert issubclass(layer_case.layer, Prior)
        assert actual is None
    else:
        assert np.abs(expected).max() > 0.0
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("scale", [1e4, 1e2])
def test_extreme_parameters_give_finite_densities_and_gradients(layer_case, scale):
    signs = list(
        itertools.islice(itertools.product([-1, 1], repeat=layer_case.params), 64)
    )
    params = scale * tf.constant(signs, tf.float32)
    layer = layer_case.make()
    seeds = random.row_seeds(1, len(signs))
    other = layer_case.reference(tf.zeros_like(params))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(params)
        distribution = layer(params)
        drawn = layer_case.draw(layer, distribution, seeds)
        results = {
            "log_prob of a draw": distribution.log_prob(tf.stop_gradient(drawn)),
            "log_prob of zero": distribution.log_prob(tf.zeros_like(drawn)),
            "log_prob of one": distribution.log_prob(tf.ones_like(drawn)),
            "draw": drawn,
        }
        with contextlib.suppress(NotImplementedError):
            results["kl"] = distribution.kl_divergence(other)
    for name, result in results.items():
        assert np.isfinite(result).all(), name
        gradient = tape.gradient(result, params)
        assert gradient is None or np.isfinite(gradient).all(), name
    assert (distribution.stddev().numpy() >= 0.0).all()


def test_params_size_counts_the_parameters(head_case):
    layer = head_case.make()
    assert layer.num_params == head_case.params
    for wrong in (head_case.params + 1, head_case.params + 2, 0):
        with pytest.raises(
            ValueError, match=f"{head_case.params} parameters"
        ) as caught:
            head_case.make()(tf.zeros((BATCH, wrong)))
        message = f"Received: input of shape {(BATCH, wrong)}"
        assert str(caught.value).splitlines()[0].endswith(message)
    with pytest.raises(ValueError, match="Received: input of shape"):
        head_case.make()(tf.zeros(()))


def test_a_later_input_is_checked_too(head_case):
    layer = head_case.make()
    layer(head_case.parameters())
    with pytest.raises(ValueError, match="Received: input of shape"):
        layer(tf.zeros((BATCH, 2 * head_case.params)))


@pytest.mark.parametrize(
    "bad", [0, -1, 2.5, True, None, "3", (2, 0), [[2]], (None,)], ids=repr
)
def test_event_sizes_are_positive_integers(sized_case, bad):
    (name, *_) = sized_case.arguments
    with pytest.raises(ValueError, match="Expected `event_") as caught:
        sized_case.make(**{name: bad})
    assert "positive integer" in str(caught.value)
    assert str(caught.value).endswith(f"Received: {name}={bad!r}")


def check_draws(case, jit_compile):
    layer, params = case.make(), case.parameters(16)
    seeds = random.row_seeds(5, 16)
    expected = case.draw(layer, layer(params), seeds)
    assert expected.shape == (16, *case.event_shape)
    function = tf.function(
        lambda params, seeds: case.draw(layer, layer(params), seeds),
        jit_compile=jit_compile,
    )
    np.testing.assert_allclose(function(params, seeds), expected, **CLOSE)
    reverse = function(params[::-1], seeds[::-1])
    np.testing.assert_allclose(reverse[::-1], expected, **CLOSE)
    others = case.draw(layer, layer(params), seeds + 1)
    assert np.abs(others - expected).max() > 0.0


def test_draws_are_those_of_their_seed_eagerly_and_in_a_graph(drawing_case):
    check_draws(drawing_case, jit_compile=False)


def test_draws_are_those_of_their_seed_under_xla(main_drawing_case):
    check_draws(main_drawing_case, jit_compile=True)


def test_draws_follow_the_distribution(drawing_case):
    count = 20_000
    params = tf.repeat(drawing_case.parameters(1), count, axis=0)
    layer = drawing_case.make()
    drawn = drawing_case.draw(layer, layer(params), random.row_seeds(6, count)).numpy()
    expected = drawing_case.reference(params[:1])
    mean, deviation = expected.mean()[0].numpy(), expected.stddev()[0].numpy()
    error = np.abs(drawn.mean(0) - mean) / deviation
    assert error.max() < 4.5 / np.sqrt(count)
    np.testing.assert_allclose(drawn.std(0), deviation, rtol=0.05)


def test_the_output_passes_for_a_tensor(layer_case):
    layer, params = layer_case.make(), layer_case.parameters()
    distribution = layer(params)
    value = distribution.numpy()
    assert tf.is_tensor(distribution)
    assert value.shape == distribution.shape
    np.testing.assert_array_equal(tf.convert_to_tensor(distribution), value)
    np.testing.assert_array_equal(np.asarray(distribution), value)
    np.testing.assert_array_equal(distribution + 1.0, value + 1.0)
    np.testing.assert_array_equal(keras.ops.exp(distribution), tf.exp(value))
    dense = keras.layers.Dense(2)
    flat = keras.layers.Flatten()
    np.testing.assert_allclose(dense(flat(distribution)), dense(flat(value)), rtol=1e-6)
