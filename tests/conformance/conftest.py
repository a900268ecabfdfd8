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
    DistributionLayer,
    IndependentBernoulli,
    MultivariateNormalDiag,
    Prior,
    StandardNormal,
)

tfd = tfp.distributions

CLOSE = {"rtol": 1e-5, "atol": 1e-5}


@dataclasses.dataclass(frozen=True)
class LayerCase:
    """A construction of a layer, and what TFP makes of the same parameters.

    `arguments` begins with the size of an event, `params` is the size of the input's
    last axis, `reference(params)` the distribution as one would build it by hand, and
    `kind` what users check with `isinstance`.
    """

    layer: type
    arguments: dict
    params: int
    event_shape: tuple[int, ...]
    reference: Callable
    kind: type

    def make(self, **kwargs):
        return self.layer(**{**self.arguments, **kwargs})

    def parameters(self, rows=4, dtype="float32", seed=2):
        rng = np.random.default_rng(seed)
        return tf.constant(rng.normal(size=(rows, self.params)), dtype)

    def draw(self, layer, distribution, seeds):
        if isinstance(layer, Prior):
            return layer.draw(seeds, random.Stream.LATENT)
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


@pytest.fixture(
    params={case.layer: case for case in reversed(LAYER_CASES)}.values(), ids=name_of
)
def main_case(request):
    """The first case of each layer, for what takes longer."""
    return request.param


@pytest.fixture(params=["mixed_float16", "mixed_bfloat16"])
def mixed_precision(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield keras.config.dtype_policy()
    keras.config.set_dtype_policy(before)
