"""tf_keras with TFP's layers: `fit` with its defaults on a `tf.data` pipeline."""

import os
from typing import Any

os.environ["TF_USE_LEGACY_KERAS"] = "1"

import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from tf_keras import layers

from benchmarks.worker import Prepared, serve
from benchmarks.workers.images import read_floats
from benchmarks.workers.tensorflow_device import tensorflow_device

LATENT_DIMS = {"fc": 50, "conv": 2}


def build(network: str) -> tf_keras.Model:
    """The compiled model; the divergence is added by a layer of TFP."""
    latent_dim = LATENT_DIMS[network]
    standard_normal = tfp.distributions.Normal(tf.zeros(latent_dim), 1.0)
    prior = tfp.distributions.Independent(standard_normal, 1)
    model = tf_keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            *(_dense_encoder() if network == "fc" else _convolutional_encoder()),
            layers.Dense(tfp.layers.IndependentNormal.params_size(latent_dim)),
            tfp.layers.IndependentNormal(latent_dim),
            tfp.layers.KLDivergenceAddLoss(prior, use_exact_kl=True),
            *(_dense_decoder() if network == "fc" else _convolutional_decoder()),
            tfp.layers.IndependentBernoulli((28, 28, 1)),
        ]
    )
    model.compile(
        tf_keras.optimizers.Adam(1e-3),
        loss=lambda x, likelihood: -likelihood.log_prob(x),
    )
    return model


def prepare(settings: dict[str, Any]) -> Prepared:
    """The segment "fit"."""
    model = build(settings["network"])
    pixels = read_floats(settings["data"])[: settings["images"]]
    images = (
        tf.data.Dataset.from_tensor_slices(pixels)
        .shuffle(len(pixels))
        .batch(settings["batch_size"])
        .map(_binarized_pair, tf.data.AUTOTUNE)
        .prefetch(tf.data.AUTOTUNE)
    )

    def fit() -> dict[str, int]:
        model.fit(images)
        return {"count": len(pixels)}

    packages = ("tf_keras", "tensorflow", "tensorflow-probability")
    return Prepared({"fit": fit}, tensorflow_device(), packages)


def _binarized_pair(pixels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    x = tf.cast(tf.random.uniform(tf.shape(pixels)) < pixels, tf.float32)
    return x, x


def _dense_encoder() -> list[layers.Layer]:
    return [layers.Flatten(), *(layers.Dense(500, "relu") for _ in range(2))]


def _dense_decoder() -> list[layers.Layer]:
    return [*(layers.Dense(500, "relu") for _ in range(2)), layers.Dense(784)]


def _convolutional_encoder() -> list[layers.Layer]:
    convolutions = [
        layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu")
        for filters in (32, 64)
    ]
    return [*convolutions, layers.Flatten(), layers.Dense(16, "relu")]


def _convolutional_decoder() -> list[layers.Layer]:
    convolutions = [
        layers.Conv2DTranspose(filters, 3, strides=2, padding="same", activation="relu")
        for filters in (64, 32)
    ]
    return [
        layers.Dense(7 * 7 * 64, "relu"),
        layers.Reshape((7, 7, 64)),
        *convolutions,
        layers.Conv2DTranspose(1, 3, padding="same"),
        layers.Flatten(),
    ]


if __name__ == "__main__":
    serve(prepare)
