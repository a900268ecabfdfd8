"""What is traced again is found, and named."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.testing import check_retracing

SHAPE = (4, 3, 1)


@keras.saving.register_keras_serializable(package="test_check_retracing")
class Retracing(vaezoo.VAE):
    """A verb that makes its graph at each call."""

    def reconstruct(self, x, y=None, progress=False):
        return tf.function(self.call, autograph=False)(tf.constant(x)).numpy()


@keras.saving.register_keras_serializable(package="test_check_retracing")
class Eager(vaezoo.VAE):
    """A training without a graph."""

    def compile(self, *args, **kwargs):
        super().compile("sgd", run_eagerly=True)


def model(cls, **kwargs):
    layers = keras.layers
    encoder = [keras.Input(SHAPE), layers.Flatten(), layers.Dense(4)]
    decoder = [keras.Input((2,)), layers.Dense(12)]
    return cls(keras.Sequential(encoder), keras.Sequential(decoder), **kwargs)


def test_a_model_of_the_zoo_is_traced_once():
    network = model(vaezoo.VAE)
    before = network.get_weights()
    names = check_retracing(network)
    assert {"encode", "log_prob", "fit", "evaluate", "predict"} <= set(names)
    assert not network.compiled
    for value, expected in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, expected)


@pytest.mark.parametrize(
    "make",
    [
        lambda: vaezoo.ConvolutionalVAE(SHAPE, 2, filters=(3,), dense_units=4),
        lambda: vaezoo.ConditionalVAE(SHAPE, 2, vaezoo.Labels(3), hidden_units=(5,)),
    ],
    ids=["convolutional", "conditional"],
)
@pytest.mark.slow
def test_families_are_traced_once(make):
    assert check_retracing(make())


@pytest.mark.parametrize(("cls", "verb"), [(Retracing, "reconstruct"), (Eager, "fit")])
def test_what_is_traced_again_is_named(cls, verb):
    with pytest.raises(AssertionError, match=f"retracing: .*`{verb}`.*Received"):
        check_retracing(model(cls))


def test_only_vaes_are_checked():
    with pytest.raises(ValueError, match="Received: Sequential"):
        check_retracing(keras.Sequential())
