"""A strategy of one replica, in this process: what is made and refused where."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo


@pytest.fixture(scope="module")
def strategy():
    return tf.distribute.MirroredStrategy(["CPU:0"])


def make_model(**kwargs):
    return vaezoo.FullyConnectedVAE((4, 4, 1), 2, hidden_units=(3,), **kwargs)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((10, 4, 4, 1)).astype("float32")


def test_it_trains_as_without(strategy, images):
    found = []
    for scope in (strategy, tf.distribute.get_strategy()):
        keras.utils.set_random_seed(0)
        with scope.scope():
            model = make_model()
            model.compile(jit_compile=False)
        model.fit(images, batch_size=4, epochs=2, verbose=0)
        found.append([*model.get_weights(), model.predict(images, verbose=0)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, 1e-5, 1e-6)


def test_an_optimizer_from_outside_is_refused(strategy):
    with strategy.scope():
        model = make_model()
    with pytest.raises(ValueError, match=r"made inside `with strategy\.scope"):
        model.compile(keras.optimizers.Adam())
    model.compile("adam")
    assert isinstance(model.optimizer.iterations.value, tf.distribute.DistributedValues)


def test_parts_from_outside_are_refused(strategy, images):
    outside = make_model()
    outside.compile()
    with strategy.scope():
        model = vaezoo.VAE(outside.encoder, outside.decoder)
        with pytest.raises(ValueError, match="Received: weight 'hidden_0"):
            model.compile()
        for verb in (outside.fit, outside.evaluate):
            with pytest.raises(ValueError, match="a model that was made inside"):
                verb(images, verbose=0)


def test_files_are_not_divided(strategy, images):
    with strategy.scope():
        model = make_model()
        model.compile()
    options = tf.data.Options()
    policies = tf.data.experimental.AutoShardPolicy
    options.experimental_distribute.auto_shard_policy = policies.FILE
    data = tf.data.Dataset.from_tensor_slices(images).batch(4).with_options(options)
    for verb in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match="AutoShardPolicy AUTO or DATA"):
            verb(data, verbose=0)


def test_single_batches(strategy, images):
    with strategy.scope():
        model = make_model()
        model.compile()
    logs = model.train_on_batch(images, return_dict=True)
    assert set(logs) == {"loss", "elbo", "reconstruction", "kl"}
    expected = model.evaluate(images, return_dict=True, verbose=0)
    np.testing.assert_allclose(
        model.test_on_batch(images, return_dict=True)["loss"], expected["loss"], 1e-5
    )
    np.testing.assert_allclose(
        model.predict_on_batch(images), model.predict(images, verbose=0), 1e-5, 1e-6
    )
