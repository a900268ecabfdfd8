"""What the layers of `vaezoo.layers` are compared with."""

import contextlib
import dataclasses
from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import (
    Categorical256,
    CategoricalMixtureOfOneHotCategorical,
    ContinuousBernoulli,
    DiscretizedLogistic,
    DiscretizedLogisticMixture,
    DistributionLambda,
    DistributionLayer,
    IndependentBernoulli,
    IndependentLogistic,
    IndependentNormal,
    IndependentPoisson,
    MixtureLogistic,
    MixtureNormal,
    MixtureSameFamily,
    MultivariateNormalDiag,
    MultivariateNormalTriL,
    NormalLearnedScale,
    NormalPixels,
    OneHotCategorical,
    Prior,
    StandardNormal,
)

tfd = tfp.distributions

CLOSE = {"rtol": 1e-5, "atol": 1e-5}


@dataclasses.dataclass(frozen=True)
class LayerCase:
    """A construction of a layer, and what TFP makes of the same parameters.

    `arguments` begins with the size of an event, if it is told one; `params` is the
    size of the input's last axis, `reference(params)` the distribution as one would
    build it by hand, and `kind` what users check with `isinstance`. `weights` counts
    the layer's own.
    """

    layer: type
    arguments: dict
    params: int
    event_shape: tuple[int, ...]
    reference: Callable
    kind: type
    weights: int = 0

    def make(self, **kwargs):
        return self.layer(**{**self.arguments, **kwargs})

    def parameters(self, rows=4, dtype="float32", seed=2):
        rng = np.random.default_rng(seed)
        return tf.constant(rng.normal(size=(rows, self.params)), dtype)

    def draw(self, layer, distribution, seeds):
        if isinstance(layer, Prior):
            return layer.draw(seeds, random.Stream.LATENT)
        if isinstance(layer, DistributionLambda):  # knows nothing of how to draw
            return distribution.sample(seed=(1, 2))
        return layer.draw(distribution, seeds, random.Stream.LATENT)

    @staticmethod
    def quantities(distribution, other, value):
        """What a VAE asks of a distribution, as tensors."""
        results = {
            "mean": distribution.mean(),
            "stddev": distribution.stddev(),
            "log_prob": distribution.log_prob(value),
            "samples": tf.shape(distribution.sample(7, seed=(1, 2))),
        }
        with contextlib.suppress(NotImplementedError):  # not for all of TFP
            results["kl"] = distribution.kl_divergence(other)
            results["reversed kl"] = other.kl_divergence(distribution)
        with contextlib.suppress(NotImplementedError):
            results["entropy"] = distribution.entropy()
        return results

    @staticmethod
    def assert_all_close(actual, desired, **tolerances):
        assert actual.keys() == desired.keys()
        for key, value in desired.items():
            np.testing.assert_allclose(
                actual[key], value, err_msg=key, **(tolerances or CLOSE)
            )


def diagonal_gaussian(params, low=1e-4, high=1e4):
    loc, raw = tf.split(params, 2, -1)
    shift = tf.constant(np.log(np.expm1(1.0)), params.dtype)
    scale = tf.clip_by_value(tf.math.log1p(tf.exp(raw + shift)) + low, low, high)
    return tfd.MultivariateNormalDiag(loc, scale)


def bernoulli(*event_shape):
    def reference(params):
        logits = tf.reshape(params, (*params.shape[:-1], *event_shape))
        bernoullis = tfd.Bernoulli(logits=logits, dtype=params.dtype)
        return tfd.Independent(bernoullis, len(event_shape))

    return reference


def standard_normal(params):
    zeros = tf.zeros((params.shape[0], 3), params.dtype)
    return tfd.MultivariateNormalDiag(zeros, zeros + 1.0)


def continuous_bernoulli(params):
    logits = tf.reshape(params, (*params.shape[:-1], 3, 2, 1))
    pixels = tfd.ContinuousBernoulli(logits=logits, dtype=params.dtype)
    return tfd.Independent(pixels, 3)


def normal_of_one_scale(scale):
    def reference(params):
        logits = tf.reshape(params, (*params.shape[:-1], 3, 2, 1))
        loc = 1.0 / (1.0 + tf.exp(-logits))
        return tfd.Independent(tfd.Normal(loc, tf.constant(scale, params.dtype)), 3)

    return reference


def normal_pixels(low):
    def reference(params):
        raw = tf.reshape(params, (*params.shape[:-1], 3, 2, 1, 2))
        loc = 1.0 / (1.0 + tf.exp(-raw[..., 0]))
        scale = low + tf.math.log1p(tf.exp(raw[..., 1]))
        return tfd.Independent(tfd.Normal(loc, scale), 3)

    return reference


class Levels(tfd.FiniteDiscrete):
    """The levels of 8-bit pixels; like TFP's mixtures, without an entropy."""

    def _entropy(self):
        raise NotImplementedError


def pixels_of(log_masses, dtype, kind=Levels):
    outcomes = tf.range(256, dtype=dtype) / 255
    pixels = kind(outcomes, tf.cast(log_masses, dtype), rtol=0.0, atol=0.5 / 255)
    return tfd.Independent(pixels, log_masses.shape.rank - 2)


def log_masses_of_logistics(raw_loc, raw_scale, low=5e-4, high=10.0):
    """Of TFP's quantized distribution, (..., components) to (..., components, 256)."""
    raw = raw_scale + np.log(np.expm1(0.1))
    scale = tf.clip_by_value(low + tf.math.log1p(tf.exp(raw)), low, high)
    logistic = tfd.Logistic(255 * (0.5 + raw_loc), 255 * scale)
    rounded = tfp.bijectors.Shift(tf.constant(-0.5, tf.float64))(logistic)
    quantized = tfd.QuantizedDistribution(rounded, low=0.0, high=255.0)
    levels = tf.range(256, dtype=tf.float64)
    levels = tf.reshape(levels, [256] + [1] * raw_loc.shape.rank)
    last = [*range(1, raw_loc.shape.rank + 1), 0]
    return tf.transpose(quantized.log_prob(levels), last)


def discretized_logistic(*event_shape, **bounds):
    def reference(params):
        shape = (*params.shape[:-1], *event_shape, 2)
        raw = tf.reshape(tf.cast(params, tf.float64), shape)
        log_masses = log_masses_of_logistics(raw[..., 0], raw[..., 1], **bounds)
        return pixels_of(log_masses, params.dtype)

    return reference


def discretized_logistic_mixture(count, *event_shape):
    def reference(params):
        shape = (*params.shape[:-1], *event_shape, 3, count)
        raw = tf.reshape(tf.cast(params, tf.float64), shape)
        logits, raw_loc, raw_scale = tf.unstack(raw, axis=-2)
        joint = log_masses_of_logistics(raw_loc, raw_scale)
        joint += tf.nn.log_softmax(logits)[..., None]
        return pixels_of(tf.reduce_logsumexp(joint, -2), params.dtype)

    return reference


def categorical_256(params):
    logits = tf.reshape(params, (*params.shape[:-1], 2, 1, 256))
    return pixels_of(logits, params.dtype, tfd.FiniteDiscrete)


def softplus(raw):
    return tf.math.log1p(tf.exp(-tf.abs(raw))) + tf.maximum(raw, 0.0)


def location_scale(family, *event_shape):
    """As `tfp.layers` has it: all locations, then all raw scales."""

    def reference(params):
        shape = (*params.shape[:-1], *event_shape)
        loc, raw = (tf.reshape(half, shape) for half in tf.split(params, 2, -1))
        scale = tf.clip_by_value(softplus(raw), 1e-6, 1e6)
        return tfd.Independent(family(loc, scale), len(event_shape))

    return reference


def poisson(*event_shape):
    def reference(params):
        log_rate = tf.clip_by_value(params, -40.0, 40.0)
        log_rate = tf.reshape(log_rate, (*params.shape[:-1], *event_shape))
        return tfd.Independent(tfd.Poisson(log_rate=log_rate), len(event_shape))

    return reference


def full_gaussian(params):
    """In two dimensions; the triangle is filled as TFP does, from the last row on."""
    loc, last, below, first = tf.split(params, [2, 1, 1, 1], -1)
    diagonal = tf.concat([first, last], -1)
    diagonal = tf.clip_by_value(softplus(diagonal) + 1e-5, 1e-4, 1e4)
    matrix = tf.linalg.diag(diagonal) + tf.linalg.diag(
        tf.clip_by_value(below, -1e4, 1e4), k=-1, num_rows=2, num_cols=2
    )
    return tfd.MultivariateNormalTriL(loc, matrix)


def one_hot(params):
    return tfd.OneHotCategorical(logits=params, dtype=params.dtype)


def mixture(count, component):
    def reference(params):
        logits, rest = params[..., :count], params[..., count:]
        size = rest.shape[-1] // count
        parts = [rest[..., i * size : (i + 1) * size] for i in range(count)]
        components = component(tf.stack(parts, axis=-2))
        return tfd.MixtureSameFamily(tfd.Categorical(logits=logits), components)

    return reference


@keras.saving.register_keras_serializable(package="vaezoo_tests")
def make_laplace(params):
    scale = tf.exp(tf.clip_by_value(params[..., 2:], -10.0, 10.0))
    return tfd.Independent(tfd.Laplace(params[..., :2], scale), 1)


LAYER_CASES = [
    LayerCase(
        MultivariateNormalDiag,
        {"event_size": 3},
        params=6,
        event_shape=(3,),
        reference=diagonal_gaussian,
        kind=tfd.MultivariateNormalDiag,
    ),
    LayerCase(
        MultivariateNormalDiag,
        {"event_size": 2, "min_scale": 0.5, "max_scale": 1.5},
        params=4,
        event_shape=(2,),
        reference=lambda params: diagonal_gaussian(params, 0.5, 1.5),
        kind=tfd.MultivariateNormalDiag,
    ),
    LayerCase(
        IndependentBernoulli,
        {"event_shape": (3, 2, 1)},
        params=6,
        event_shape=(3, 2, 1),
        reference=bernoulli(3, 2, 1),
        kind=tfd.Independent,
    ),
    LayerCase(
        IndependentBernoulli,
        {"event_shape": 1},
        params=1,
        event_shape=(1,),
        reference=bernoulli(1),
        kind=tfd.Independent,
    ),
    LayerCase(
        ContinuousBernoulli,
        {"event_shape": (3, 2, 1)},
        params=6,
        event_shape=(3, 2, 1),
        reference=continuous_bernoulli,
        kind=tfd.Independent,
    ),
    LayerCase(
        NormalLearnedScale,
        {"event_shape": (3, 2, 1), "initial_scale": 0.1},
        params=6,
        event_shape=(3, 2, 1),
        reference=normal_of_one_scale(0.1),
        kind=tfd.Independent,
        weights=1,
    ),
    LayerCase(
        NormalPixels,
        {"event_shape": (3, 2, 1), "min_scale": 0.05},
        params=12,
        event_shape=(3, 2, 1),
        reference=normal_pixels(0.05),
        kind=tfd.Independent,
    ),
    LayerCase(
        DiscretizedLogistic,
        {"event_shape": (2, 1, 1)},
        params=4,
        event_shape=(2, 1, 1),
        reference=discretized_logistic(2, 1, 1),
        kind=tfd.Independent,
    ),
    LayerCase(
        DiscretizedLogistic,
        {"event_shape": 2, "min_scale": 0.05, "max_scale": 0.12},
        params=4,
        event_shape=(2,),
        reference=discretized_logistic(2, low=0.05, high=0.12),
        kind=tfd.Independent,
    ),
    LayerCase(
        DiscretizedLogisticMixture,
        {"event_shape": (2, 1, 2)},
        params=60,
        event_shape=(2, 1, 2),
        reference=discretized_logistic_mixture(5, 2, 1, 2),
        kind=tfd.Independent,
    ),
    LayerCase(
        DiscretizedLogisticMixture,
        {"event_shape": 3, "num_components": 2},
        params=18,
        event_shape=(3,),
        reference=discretized_logistic_mixture(2, 3),
        kind=tfd.Independent,
    ),
    LayerCase(
        Categorical256,
        {"event_shape": (2, 1)},
        params=512,
        event_shape=(2, 1),
        reference=categorical_256,
        kind=tfd.Independent,
    ),
    LayerCase(
        IndependentNormal,
        {"event_shape": 3},
        params=6,
        event_shape=(3,),
        reference=location_scale(tfd.Normal, 3),
        kind=tfd.Independent,
    ),
    LayerCase(
        IndependentNormal,
        {"event_shape": (3, 2, 1)},
        params=12,
        event_shape=(3, 2, 1),
        reference=location_scale(tfd.Normal, 3, 2, 1),
        kind=tfd.Independent,
    ),
    LayerCase(
        IndependentNormal,
        {"event_shape": ()},
        params=2,
        event_shape=(),
        reference=location_scale(tfd.Normal),
        kind=tfd.Independent,
    ),
    LayerCase(
        IndependentLogistic,
        {"event_shape": (2, 2)},
        params=8,
        event_shape=(2, 2),
        reference=location_scale(tfd.Logistic, 2, 2),
        kind=tfd.Independent,
    ),
    LayerCase(
        IndependentPoisson,
        {"event_shape": (2, 2)},
        params=4,
        event_shape=(2, 2),
        reference=poisson(2, 2),
        kind=tfd.Independent,
    ),
    LayerCase(
        OneHotCategorical,
        {"event_size": 4},
        params=4,
        event_shape=(4,),
        reference=one_hot,
        kind=tfd.OneHotCategorical,
    ),
    LayerCase(
        MultivariateNormalTriL,
        {"event_size": 2},
        params=5,
        event_shape=(2,),
        reference=full_gaussian,
        kind=tfd.MultivariateNormalTriL,
    ),
    LayerCase(
        MixtureSameFamily,
        {"num_components": 2, "component_layer": MultivariateNormalTriL(2)},
        params=12,
        event_shape=(2,),
        reference=mixture(2, full_gaussian),
        kind=tfd.MixtureSameFamily,
    ),
    LayerCase(
        MixtureSameFamily,
        {"num_components": 3, "component_layer": IndependentPoisson((2, 1))},
        params=9,
        event_shape=(2, 1),
        reference=mixture(3, poisson(2, 1)),
        kind=tfd.MixtureSameFamily,
    ),
    LayerCase(
        MixtureNormal,
        {"event_shape": (2, 2), "num_components": 2},
        params=18,
        event_shape=(2, 2),
        reference=mixture(2, location_scale(tfd.Normal, 2, 2)),
        kind=tfd.MixtureSameFamily,
    ),
    LayerCase(
        MixtureLogistic,
        {"event_shape": 2, "num_components": 3},
        params=15,
        event_shape=(2,),
        reference=mixture(3, location_scale(tfd.Logistic, 2)),
        kind=tfd.MixtureSameFamily,
    ),
    LayerCase(
        CategoricalMixtureOfOneHotCategorical,
        {"event_size": 3, "num_components": 2},
        params=8,
        event_shape=(3,),
        reference=mixture(2, one_hot),
        kind=tfd.MixtureSameFamily,
    ),
    LayerCase(
        DistributionLambda,
        {"make_distribution_fn": make_laplace},
        params=4,
        event_shape=(2,),
        reference=make_laplace,
        kind=tfd.Independent,
    ),
    LayerCase(
        StandardNormal,
        {"event_size": 3},
        params=2,
        event_shape=(3,),
        reference=standard_normal,
        kind=tfd.MultivariateNormalDiag,
    ),
]


def name_of(case):
    return f"{case.layer.__name__}({case.event_shape})"


@pytest.fixture(scope="session")
def layer_cases():
    return LAYER_CASES


@pytest.fixture(params=LAYER_CASES, ids=name_of)
def layer_case(request):
    return request.param


@pytest.fixture(
    params=[case for case in LAYER_CASES if issubclass(case.layer, DistributionLayer)],
    ids=name_of,
)
def head_case(request):
    """A case of a layer that takes parameters, as a prior does not."""
    return request.param


# One of each way in which a layer makes its distribution: what is built of the others'
# is checked in the long suite.
KINDS = {
    ContinuousBernoulli,
    DiscretizedLogistic,
    DistributionLambda,
    IndependentNormal,
    MixtureSameFamily,
    MultivariateNormalDiag,
    NormalLearnedScale,
    StandardNormal,
}


def main_cases(*without):
    for case in {case.layer: case for case in reversed(LAYER_CASES)}.values():
        if case.layer not in without:
            marks = [] if case.layer in KINDS else [pytest.mark.slow]
            yield pytest.param(case, marks=marks, id=name_of(case))


@pytest.fixture(params=main_cases())
def main_case(request):
    """The first case of each layer, for what takes longer."""
    return request.param


@pytest.fixture(params=main_cases(DistributionLambda))
def main_drawing_case(request):
    """The first case of each layer that draws, for what takes longer."""
    return request.param


@pytest.fixture(
    params=[
        case
        for case in {case.layer: case for case in reversed(LAYER_CASES)}.values()
        if next(iter(case.arguments)).startswith("event_")
    ],
    ids=name_of,
)
def sized_case(request):
    """The first case of each layer that is told the size of an event."""
    return request.param


@pytest.fixture(
    params=[case for case in LAYER_CASES if case.layer is not DistributionLambda],
    ids=name_of,
)
def drawing_case(request):
    """A case of a layer that draws, which takes more than a distribution."""
    return request.param


@pytest.fixture(params=["mixed_float16", "mixed_bfloat16"])
def mixed_precision(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield keras.config.dtype_policy()
    keras.config.set_dtype_policy(before)
