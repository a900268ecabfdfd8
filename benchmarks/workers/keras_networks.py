"""The two networks as Keras layers, for vaezoo and for the Keras example's design.

"fc" is 784-500-500-(50)-500-500-784; "conv" the network of Keras's own VAE example: 32
and 64 filters, stride 2, a dense layer of 16, 2 latent dimensions.
"""

import keras
from keras import layers

LATENT_DIMS = {"fc": 50, "conv": 2}


def encoder_body(
    network: str, image_shape: tuple[int, int, int]
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """The encoder's input and its last hidden layer."""
    images = keras.Input(image_shape)
    if network == "fc":
        hidden = layers.Flatten()(images)
        hidden = layers.Dense(500, activation="relu")(hidden)
        return images, layers.Dense(500, activation="relu")(hidden)
    hidden = images
    for filters in (32, 64):
        hidden = layers.Conv2D(
            filters, 3, strides=2, padding="same", activation="relu"
        )(hidden)
    hidden = layers.Flatten()(hidden)
    return images, layers.Dense(16, activation="relu")(hidden)


def decoder(
    network: str,
    image_shape: tuple[int, int, int],
    latent_dim: int,
    activation: str | None = None,
) -> keras.Model:
    """Latent vectors to logits, or to probabilities with a sigmoid as `activation`."""
    height, width, channels = image_shape
    latents = keras.Input((latent_dim,))
    if network == "fc":
        hidden = layers.Dense(500, activation="relu")(latents)
        hidden = layers.Dense(500, activation="relu")(hidden)
        outputs = layers.Dense(height * width * channels, activation=activation)(hidden)
        return keras.Model(latents, layers.Reshape(image_shape)(outputs))
    grid = (height // 4, width // 4, 64)
    hidden = layers.Dense(grid[0] * grid[1] * grid[2], activation="relu")(latents)
    hidden = layers.Reshape(grid)(hidden)
    for filters in (64, 32):
        hidden = layers.Conv2DTranspose(
            filters, 3, strides=2, padding="same", activation="relu"
        )(hidden)
    outputs = layers.Conv2DTranspose(
        channels, 3, padding="same", activation=activation
    )(hidden)
    return keras.Model(latents, outputs)
