"""The design of Keras's own VAE example, keras.io/examples/generative/vae, in Keras 3.

A sampling layer inside the encoder, a sigmoid at the end of the decoder, binary
cross-entropy on probabilities, three running means, and `fit` with its defaults on a
float32 array. Binarization in the step is added, since every contender has it.
"""

from typing import Any

import keras
import tensorflow as tf
from keras import layers, ops

from benchmarks.worker import Prepared, Segment, repeat, serve
from benchmarks.workers.images import read_floats
from benchmarks.workers.keras_networks import LATENT_DIMS, decoder, encoder_body
from benchmarks.workers.stall import short_fits
from benchmarks.workers.tensorflow_device import tensorflow_device

IMAGE_SHAPE = (28, 28, 1)


class Sampling(layers.Layer):
    """Draws from the posterior by its mean and the logarithm of its variance."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(1)

    def call(self, inputs: Any) -> Any:
        """One draw a row."""
        mean, log_variance = inputs
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * noise


class ExampleVAE(keras.Model):
    """Two networks and a `train_step`."""

    def __init__(self, encoder: keras.Model, decoder: keras.Model) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.seed_generator = keras.random.SeedGenerator(2)
        self.means = [
            keras.metrics.Mean(name) for name in ("loss", "reconstruction", "kl")
        ]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The three running means."""
        return self.means

    def call(self, x: Any) -> Any:
        """Reconstructions."""
        return self.decoder(self.encoder(x)[2])

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step on images binarized anew."""
        draw = keras.random.uniform(ops.shape(data), seed=self.seed_generator)
        x = ops.cast(draw < data, "float32")
        with tf.GradientTape() as tape:
            mean, log_variance, z = self.encoder(x)
            probabilities = self.decoder(z)
            cross_entropy = keras.losses.binary_crossentropy(x, probabilities)
            reconstruction = ops.mean(ops.sum(cross_entropy, axis=(1, 2)))
            kl = 0.5 * (ops.square(mean) + ops.exp(log_variance) - log_variance - 1)
            kl = ops.mean(ops.sum(kl, axis=1))
            loss = reconstruction + kl
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(
            zip(gradients, self.trainable_weights, strict=True)
        )
        for metric, value in zip(self.means, (loss, reconstruction, kl), strict=True):
            metric.update_state(value)
        return {metric.name: metric.result() for metric in self.means}


def build(network: str) -> ExampleVAE:
    """The compiled model."""
    latent_dim = LATENT_DIMS[network]
    images, hidden = encoder_body(network, IMAGE_SHAPE)
    mean = layers.Dense(latent_dim)(hidden)
    log_variance = layers.Dense(latent_dim)(hidden)
    sample = Sampling()([mean, log_variance])
    model = ExampleVAE(
        keras.Model(images, [mean, log_variance, sample]),
        decoder(network, IMAGE_SHAPE, latent_dim, activation="sigmoid"),
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model


def prepare(settings: dict[str, Any]) -> Prepared:
    """The segments of a task."""
    x = read_floats(settings["data"])
    segments: dict[str, Segment]
    if settings["task"] == "one_image":
        segments = {}
        for network in LATENT_DIMS:
            model = build(network)
            calls = {"encode": model.encoder.predict, "reconstruct": model.predict}
            for verb, call in calls.items():
                segments[f"{network} {verb}"] = lambda call=call: {
                    "count": repeat(lambda: call(x[:1]), settings["seconds"])
                }
    else:
        model = build(settings["network"])
        train = x[: settings["images"]]
        batch_size = settings["batch_size"]
        if settings["task"] == "stall":
            fits, limit = settings["fits"], settings["seconds"]
            segments = {
                "fit": lambda: short_fits(model, train, batch_size, fits, limit)
            }
        else:

            def fit() -> dict[str, Any]:
                model.fit(train, batch_size=batch_size)
                return {"count": len(train)}

            segments = {"fit": fit}
    return Prepared(segments, tensorflow_device(), ("keras", "tensorflow"))


if __name__ == "__main__":
    serve(prepare)
