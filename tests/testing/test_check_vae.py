"""The checks that are offered to users find what they say they find."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.objectives import ELBO
from vaezoo.testing import check_vae
from vaezoo.testing.inference_checks import (
    check_bound,
    check_bound_below_log_prob,
    check_pixel_types,
)
from vaezoo.testing.saving_checks import check_config, check_keras_file
from vaezoo.testing.subject import Subject
from vaezoo.testing.training_checks import (
    check_evaluate,
    check_execution_modes,
    check_fit,
    check_gradients,
)

SHAPE = (4, 3, 1)
NAMES = (
    "config",
    "shapes",
    "condition",
    "bound",
    "pixel_types",
    "seeds",
    "rows_are_independent",
    "bound_below_log_prob",
    "gradients",
    "execution_modes",
    "keras_file",
    "evaluate",
    "fit",
)
registered = keras.saving.register_keras_serializable(package="test_check_vae")


def networks(*layers):
    encoder = keras.Sequential(
        [keras.Input(SHAPE), keras.layers.Flatten(), *layers, keras.layers.Dense(4)]
    )
    return encoder, keras.Sequential([keras.Input((2,)), keras.layers.Dense(12)])


def subject(model):
    images = np.random.default_rng(0).integers(0, 256, (6, *SHAPE)).astype("uint8")
    return Subject(model, images, seed=0)


@pytest.fixture(scope="module")
def state():
    """A model that was trained, what it was before the checks, and their result."""
    model = vaezoo.VAE(*networks(keras.layers.Dense(5, "tanh")))
    model.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    images = np.random.default_rng(1).random((5, *SHAPE), dtype="float32")
    model.fit(images, verbose=0)
    optimizer = model.optimizer
    before = [*model.get_weights(), *(v.numpy() for v in optimizer.variables)]
    return model, optimizer, before, check_vae(model, images)


def test_a_sound_model_passes_every_check(state):
    assert state[-1] == NAMES


def test_the_model_stays_as_it_was(state):
    model, optimizer, before, _ = state
    assert model.compiled
    assert model.optimizer is optimizer
    after = [*model.get_weights(), *(v.numpy() for v in optimizer.variables)]
    for value, expected in zip(after, before, strict=True):
        np.testing.assert_array_equal(value, expected)
    assert len(model.history.epoch) == 1


@registered
class SubtractBatchMean(keras.layers.Layer):
    def call(self, inputs):
        return inputs - tf.reduce_mean(inputs, axis=0, keepdims=True)


@registered
class UnseededNoise(keras.layers.Layer):
    def call(self, inputs):
        return inputs + tf.random.normal(tf.shape(inputs))


@registered
class FlatImages(vaezoo.VAE):
    def reconstruct(self, x, y=None):
        return super().reconstruct(x, y)[..., 0]


@registered
class ForgetsItsWidth(vaezoo.FullyConnectedVAE):
    def get_config(self):
        config = super().get_config()
        del config["hidden_units"]
        return config


class Unregistered(keras.layers.Layer):
    def call(self, inputs):
        return inputs


def encoder_with_a_dead_branch():
    inputs = keras.Input(SHAPE)
    flat = keras.layers.Flatten()(inputs)
    dead = keras.layers.Rescaling(0.0)(keras.layers.Dense(4, name="dead")(flat))
    outputs = keras.layers.Add()([keras.layers.Dense(4)(flat), dead])
    return keras.Model(inputs, outputs)


def model_of_nan():
    model = vaezoo.VAE(*networks())
    model.decoder.layers[-1].bias.assign(np.full(12, np.nan))
    return model


BROKEN = {
    "a dead weight": (
        lambda: vaezoo.VAE(encoder_with_a_dead_branch(), networks()[1]),
        "gradients: .*dead/kernel",
    ),
    "mixed rows": (
        lambda: vaezoo.VAE(*networks(SubtractBatchMean())),
        "rows_are_independent: .*permuted|rows_are_independent: .*beside it",
    ),
    "unseeded noise": (
        lambda: vaezoo.VAE(*networks(UnseededNoise())),
        "config: .*reconstruct alike|pixel_types|seeds: .*same seed",
    ),
    "a wrong shape": (
        lambda: FlatImages(*networks()),
        r"shapes: .*reconstruct\(x\).*Received: \(8, 4, 3\)",
    ),
    "NaN": (model_of_nan, "shapes: .*finite"),
    "a lost argument": (
        lambda: ForgetsItsWidth(SHAPE, 2, hidden_units=(7,)),
        "config: .*weights of the shapes",
    ),
    "an unregistered layer": (
        lambda: vaezoo.VAE(*networks(Unregistered())),
        "config: .*Unregistered",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_model_fails_the_check_of_that_name(kind):
    make, expected = BROKEN[kind]
    with pytest.raises(AssertionError, match=f"(?s)^({expected})"):
        check_vae(make())


@registered
class GreedyBound(ELBO):
    """Forgets the KL divergence in the bound that it reports."""

    def terms(self, *args, **kwargs):
        terms = super().terms(*args, **kwargs)
        return terms._replace(elbo=terms.reconstruction)


@registered
class Pessimist(vaezoo.VAE):
    def log_prob(self, *args, **kwargs):
        return super().log_prob(*args, **kwargs) - 10.0


@registered
class Unscaled(vaezoo.VAE):
    def prepare(self, images):
        return tf.cast(images, tf.float32)


@registered
class EagerlyAnother(keras.layers.Layer):
    def call(self, inputs):
        return 2.0 * inputs if tf.executing_eagerly() else inputs


@registered
class RandomEvaluation(vaezoo.VAE):
    def test_step(self, data):
        kept = tf.random.uniform(tf.shape(data)) < 0.5
        return super().test_step(data * tf.cast(kept, data.dtype))


@registered
class NoStep(vaezoo.VAE):
    def train_step(self, data):
        return self.test_step(data)


@registered
class AnotherSeedInTheCopy(vaezoo.VAE):
    def get_config(self):
        return {**super().get_config(), "seed": self.seed + 1}


@pytest.mark.parametrize(
    ("check", "make", "expected"),
    [
        (
            check_bound,
            lambda: vaezoo.VAE(*networks(), objective=GreedyBound()),
            "reconstruction - kl",
        ),
        (check_bound_below_log_prob, lambda: Pessimist(*networks()), "at most log p"),
        (check_pixel_types, lambda: Unscaled(*networks()), "uint8 images"),
        (
            check_execution_modes,
            lambda: vaezoo.VAE(*networks(EagerlyAnother())),
            "as in eager mode",
        ),
        (check_evaluate, lambda: RandomEvaluation(*networks()), "at every call"),
        (check_fit, lambda: NoStep(*networks()), "change weights"),
        (check_config, lambda: AnotherSeedInTheCopy(*networks()), r"\['seed'\]"),
        (check_gradients, model_of_nan, "finite gradients"),
    ],
)
def test_each_check_finds_what_it_is_for(check, make, expected):
    with pytest.raises(AssertionError, match=expected):
        check(subject(make()))


def test_a_file_that_loses_weights(monkeypatch):
    model = vaezoo.VAE(*networks())
    load = keras.saving.load_model

    def lossy(*args, **kwargs):
        loaded = load(*args, **kwargs)
        loaded.encoder.layers[-1].bias.assign([1.0, 2.0, 3.0, 4.0])
        return loaded

    check_keras_file(subject(model))
    monkeypatch.setattr(keras.saving, "load_model", lossy)
    with pytest.raises(AssertionError, match="hold every weight"):
        check_keras_file(subject(model))


def test_layers_that_begin_at_zero_are_no_dead_weights():
    layer = keras.layers.Dense(5, "tanh")
    model = vaezoo.VAE(*networks(layer))
    last = model.encoder.layers[-1]
    last.kernel.assign(np.zeros(last.kernel.shape))
    check_gradients(subject(model))
    assert not np.asarray(last.kernel).any()


@pytest.mark.parametrize(
    ("model", "images", "expected"),
    [
        (lambda: keras.Sequential(), None, r"vaezoo\.VAE\. Received: Sequential"),
        (lambda: vaezoo.VAE(*networks()), np.zeros((1, *SHAPE)), "two images"),
        (lambda: vaezoo.VAE(*networks()), np.zeros((3, 5, 5, 1)), "Received: shape"),
    ],
    ids=["no VAE", "one image", "other images"],
)
def test_what_it_cannot_check(model, images, expected):
    with pytest.raises(ValueError, match=expected):
        check_vae(model(), images)
