"""The output bias that the first `fit` takes from the data."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.models import ConvolutionalVAE, FullyConnectedVAE
from vaezoo.models.conditional_networks import flat_layers

SHAPE = (4, 3, 1)
SMALL = {
    FullyConnectedVAE: {"hidden_units": (5,)},
    ConvolutionalVAE: {"filters": (3, 4), "dense_units": 6},
}


def untouched(family=FullyConnectedVAE, **kwargs):
    """A model that learns nothing, so that its bias shows where it started."""
    model = family(SHAPE, latent_dim=2, **SMALL[family], **kwargs)
    model.compile(keras.optimizers.SGD(0.0), jit_compile=False)
    return model


def bias_of(model):
    layers = [layer for layer in flat_layers(model.decoder) if layer.weights]
    return np.asarray(layers[-1].bias)


def logit(mean):
    return np.log(mean) - np.log1p(-mean)


def smoothed(images):
    """The mean of the images and one of medium grey."""
    return (images.sum(axis=0) / 255.0 + 0.5) / (len(images) + 1)


SOURCES = {
    "uint8": lambda x: x,
    "float": lambda x: x / 255.0,
    "data set": lambda x: tf.data.Dataset.from_tensor_slices(x).batch(len(x)),
    "tuples": lambda x: tf.data.Dataset.from_tensor_slices((x,)).batch(len(x)),
}


@pytest.mark.parametrize("source", SOURCES)
def test_the_first_fit_starts_from_the_mean_image(images, source):
    model = untouched()
    model.fit(SOURCES[source](images), verbose=0)
    expected = logit(smoothed(images)).reshape(-1)
    np.testing.assert_allclose(bias_of(model), expected, rtol=1e-4, atol=1e-5)


def test_a_convolutional_decoder_starts_from_the_mean_pixel(images):
    model = untouched(ConvolutionalVAE)
    model.fit(images, verbose=0)
    np.testing.assert_allclose(
        bias_of(model), logit(smoothed(images).mean()), rtol=1e-4
    )


def test_a_data_set_counts_by_its_first_batch(images):
    model = untouched()
    model.fit(tf.data.Dataset.from_tensor_slices(images).batch(4), verbose=0)
    expected = logit(smoothed(images[:4])).reshape(-1)
    np.testing.assert_allclose(bias_of(model), expected, rtol=1e-4, atol=1e-5)


def test_images_for_validation_do_not_count(images):
    model = untouched()
    model.fit(images, validation_split=0.4, verbose=0)
    expected = logit(smoothed(images[: int(len(images) * 0.6)])).reshape(-1)
    np.testing.assert_allclose(bias_of(model), expected, rtol=1e-4, atol=1e-5)


def test_a_single_image_is_no_certainty():
    model = untouched()
    model.fit(np.zeros((1, *SHAPE), "uint8"), verbose=0)
    np.testing.assert_allclose(bias_of(model), logit(0.25), rtol=1e-5)


def test_it_starts_with_a_lower_loss():
    rng = np.random.default_rng(0)
    images = (rng.random((200, *SHAPE)) < 0.05).astype("float32")
    losses = []
    for adapt in (False, True):
        keras.utils.set_random_seed(1)
        model = untouched()
        history = model.fit(images, adapt=adapt, verbose=0).history
        losses.append(history["loss"][0])
    assert losses[1] < 0.5 * losses[0]


def assert_stays(model, x, **kwargs):
    before = bias_of(model)
    model.fit(x, verbose=0, **kwargs)
    np.testing.assert_array_equal(bias_of(model), before)


def test_it_can_be_turned_off(images):
    assert_stays(untouched(), images, adapt=False)


def test_a_bias_that_is_not_zero_stays(images, tmp_path):
    model = untouched()
    model.adapt(images[:3])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for other in (model, loaded):
        assert_stays(other, images)


@pytest.mark.parametrize("name", vaezoo.list_models())
def test_models_of_the_zoo_stay(name):
    model = vaezoo.load(name)
    model.compile(keras.optimizers.SGD(0.0), jit_compile=False)
    y = None if model.condition is None else model.condition.example(2)
    assert_stays(model, np.zeros((2, *model.image_shape), "uint8"), y=y)


def test_only_the_first_fit_counts(images):
    model = untouched()
    model.fit(images, adapt=False, verbose=0)
    assert_stays(model, images)


def test_a_resumed_run_goes_on_as_it_was(images, tmp_path):
    def fit(epochs, seed):
        keras.utils.set_random_seed(seed)
        model = FullyConnectedVAE(SHAPE, latent_dim=2, hidden_units=(5,))
        model.compile("adam", jit_compile=False)
        backup = keras.callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
        model.fit(images, epochs=epochs, shuffle=False, verbose=0, callbacks=[backup])
        return model

    first = fit(2, seed=1)
    again = fit(2, seed=2)  # restored, with nothing left to do
    for old, new in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_frozen_decoder_stays(images):
    model = untouched()
    model.decoder.trainable = False
    assert_stays(model, images)


def test_a_generator_is_not_read_twice(images):
    batches = (images[i : i + 4] for i in range(0, 8, 4))
    assert_stays(untouched(), batches, steps_per_epoch=2, shuffle=False)


def decoder(*layers):
    return keras.Sequential([keras.Input((2,)), *layers])


OTHERS = {
    "an activation": lambda: decoder(keras.layers.Dense(12, "tanh")),
    "an activation behind": lambda: decoder(
        keras.layers.Dense(12), keras.layers.Activation("tanh")
    ),
    "no bias": lambda: decoder(keras.layers.Dense(12, use_bias=False)),
    "a norm": lambda: decoder(
        keras.layers.Dense(12), keras.layers.LayerNormalization()
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_decoder_that_ends_otherwise_stays(images, name):
    encoder = keras.Sequential(
        [keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(4)]
    )
    model = vaezoo.VAE(encoder, OTHERS[name]())
    model.compile(keras.optimizers.SGD(0.0), jit_compile=False)
    before = model.get_weights()
    model.fit(images, verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_likelihood_that_knows_no_such_bias_trains_all_the_same(images):
    class Own(vaezoo.layers.IndependentBernoulli):
        def initial_params(self, mean):
            raise NotImplementedError

    model = untouched(likelihood=Own(SHAPE))
    assert_stays(model, images)
