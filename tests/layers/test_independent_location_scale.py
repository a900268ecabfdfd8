import json
import math

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import (
    IndependentLogistic,
    IndependentNormal,
    MixtureLogistic,
    MixtureNormal,
)
from vaezoo.layers.independent_location_scale import IndependentLocationScale

tfd = tfp.distributions

SHAPE = (3, 2)
PARAMS = np.random.default_rng(0).normal(size=(4, 12)).astype("float32")
NOISE_DEVIATION = {IndependentNormal: 1.0, IndependentLogistic: math.pi / math.sqrt(3)}

kinds = pytest.mark.parametrize("kind", [IndependentNormal, IndependentLogistic])


@kinds
def test_locations_then_raw_scales(kind):
    inside = kind(SHAPE)(PARAMS).distribution
    np.testing.assert_array_equal(inside.loc, PARAMS[:, :6].reshape(4, 3, 2))
    expected = np.log1p(np.exp(PARAMS[:, 6:].astype("float64"))).reshape(4, 3, 2)
    np.testing.assert_allclose(inside.scale, expected, rtol=1e-6)
    deviation = expected * NOISE_DEVIATION[kind]
    np.testing.assert_allclose(kind(SHAPE)(PARAMS).stddev(), deviation, rtol=1e-5)


@kinds
def test_scales_stay_between_the_bounds(kind):
    raw = np.float32([-1e30, -1e4, -20.0, 0.0, 20.0, 1e4, 1e30])
    params = np.stack([np.zeros_like(raw), raw], -1)

    def scales(**bounds):
        return kind(1, **bounds)(params).distribution.scale.numpy()[:, 0]

    assert scales()[0] == np.float32(1e-6)
    assert scales()[-1] == np.float32(1e6)
    assert (np.diff(scales()) >= 0.0).all()
    assert scales(min_scale=0.5).min() == 0.5
    assert scales(max_scale=2.0).max() == 2.0
    assert scales()[3] == pytest.approx(math.log(2.0))


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (2.0, 1.0), (1.0, np.inf)]
)
@pytest.mark.parametrize(
    "make",
    [
        IndependentNormal,
        IndependentLogistic,
        lambda *args, **kwargs: MixtureNormal(2, *args, **kwargs),
        lambda *args, **kwargs: MixtureLogistic(2, *args, **kwargs),
    ],
)
def test_bounds_are_finite_and_in_order(make, low, high):
    with pytest.raises(ValueError, match="0 < min_scale < max_scale") as caught:
        make(3, min_scale=low, max_scale=high)
    received = f"Received: min_scale={low!r}, max_scale={high!r}"
    assert str(caught.value).endswith(received)


@kinds
def test_a_draw_is_location_plus_scale_times_noise(kind):
    layer, seeds = kind(SHAPE), random.row_seeds(1, 4)
    distribution = layer(PARAMS)
    noise = layer.noise(seeds, (6,), random.Stream.LATENT)
    if kind is IndependentNormal:
        expected = random.normal(seeds, (6,), random.Stream.LATENT)
    else:
        uniform = random.uniform(seeds, (6,), random.Stream.LATENT)
        expected = np.log(uniform / (1.0 - uniform))
    np.testing.assert_allclose(noise, expected, rtol=1e-4, atol=1e-6)
    drawn = layer.draw(distribution, seeds, random.Stream.LATENT)
    inside = distribution.distribution
    expected = inside.loc + inside.scale * tf.reshape(noise, (4, 3, 2))
    np.testing.assert_allclose(drawn, expected, rtol=1e-6)


@kinds
@pytest.mark.parametrize("shape", [3, SHAPE, ()])
def test_many_draws_can_be_taken_in_pieces(kind, shape):
    layer, seeds = kind(shape), random.row_seeds(2, 4)
    distribution = layer(PARAMS[:, : layer.num_params])
    stream = random.Stream.IMPORTANCE
    whole = layer.draw_many(distribution, seeds, stream, 9)
    assert whole.shape == (9, 4, *layer.event_shape)
    pieces = [
        layer.draw_many(distribution, seeds, stream, 4),
        layer.draw_many(distribution, seeds, stream, 5, tf.constant(4)),
    ]
    np.testing.assert_allclose(tf.concat(pieces, 0), whole, rtol=1e-5, atol=1e-6)


@kinds
def test_many_draws_follow_the_distribution(kind):
    layer, count = kind(SHAPE), 20_000
    distribution, seeds = layer(PARAMS), random.row_seeds(3, 4)
    drawn = layer.draw_many(distribution, seeds, random.Stream.IMPORTANCE, count)
    deviation = distribution.stddev().numpy()
    error = np.abs(drawn.numpy().mean(0) - distribution.mean()) / deviation
    assert error.max() < 4.5 / math.sqrt(count)
    np.testing.assert_allclose(drawn.numpy().std(0), deviation, rtol=0.05)
    # One by one in the order of the parameters: no element knows of another.
    flat = drawn.numpy().reshape(count, -1)
    correlations = np.corrcoef(flat.T) - np.eye(24)
    assert np.abs(correlations).max() < 5.0 / math.sqrt(count)


@kinds
def test_gradients_flow_through_draws(kind):
    layer, seeds = kind(SHAPE), random.row_seeds(1, 4)
    params = tf.constant(PARAMS)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(params)
        distribution = layer(params)
        one = layer.draw(distribution, seeds, 1)
        many = layer.draw_many(distribution, seeds, 1, 5)
    noise = np.reshape(layer.noise(seeds, (6,), 1), (4, 6))
    slope = 1.0 / (1.0 + np.exp(-PARAMS[:, 6:]))
    expected = np.concatenate([np.ones((4, 6)), noise * slope], 1)
    np.testing.assert_allclose(tape.gradient(one, params), expected, rtol=1e-4)
    gradient = tape.gradient(many, params)
    np.testing.assert_allclose(gradient[:, :6], np.full((4, 6), 5.0), rtol=1e-6)
    assert np.abs(gradient[:, 6:]).min() > 0.0


@kinds
def test_initial_params_give_the_mean_image(kind):
    layer = kind((3, 2, 1))
    mean = np.random.default_rng(1).random((3, 2, 1)).astype("float32")
    params = layer.initial_params(tf.constant(mean))
    assert params.shape == (layer.num_params,)
    distribution = layer(params[None])
    np.testing.assert_array_equal(distribution.mean()[0], mean)
    np.testing.assert_allclose(distribution.distribution.scale, math.log(2.0), 1e-6)


@kinds
def test_validate_args_reaches_tfp(kind):
    assert kind(3, validate_args=True)(PARAMS[:, :6]).validate_args
    assert kind(3, validate_args=True)(PARAMS[:, :6]).distribution.validate_args
    assert not kind(3)(PARAMS[:, :6]).distribution.validate_args


@kinds
def test_the_configuration_holds_the_bounds(kind):
    layer = kind(SHAPE, min_scale=0.5, max_scale=2)
    config = json.loads(json.dumps(layer.get_config()))
    assert (config["min_scale"], config["max_scale"]) == (0.5, 2.0)
    copy = kind.from_config(config)
    assert (copy.min_scale, copy.max_scale) == (0.5, 2.0)


def test_the_noise_is_for_subclasses_to_define():
    with pytest.raises(NotImplementedError, match="must define `noise`"):
        IndependentLocationScale(2).noise(random.row_seeds(1, 2), (2,), 0)
