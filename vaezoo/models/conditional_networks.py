"""Any encoder and decoder, made to take a condition as well."""

from collections.abc import Sequence

import keras

from vaezoo.models.architecture import Architecture
from vaezoo.models.conditions import Condition

# Size of the vector that the decoder gets of an image as a condition.
_CODE_SIZE = 64


def make_encoder(
    architecture: Architecture,
    condition: Condition | None,
    image_shape: Sequence[int],
    output_size: int,
) -> keras.Model:
    """The encoder of an architecture, of images or of images and features.

    A vector of features becomes one more channel of the image by a dense layer; an
    image of features becomes as many channels as it has.

    Args:
        architecture: The kind of network.
        condition: What the model is given beside the image, if anything.
        image_shape: `(height, width, channels)`.
        output_size: Number of outputs.

    Returns:
        A network from images, or `[images, features]`, to `(batch, output_size)`.

    Raises:
        ValueError: If the condition is an image of another height or width.
    """
    if condition is None:
        return architecture.encoder(image_shape, output_size)
    images = keras.Input(image_shape, name="image")
    features = keras.Input(condition.feature_shape, name="features")
    channels = _as_channels(features, tuple(image_shape))
    joined = keras.layers.Concatenate(name="image_and_features")([images, channels])
    network = architecture.encoder(joined.shape[1:], output_size)
    return _named_model([images, features], network(joined), network, "encoder")


def make_decoder(
    architecture: Architecture,
    condition: Condition | None,
    latent_dim: int,
    image_shape: Sequence[int],
    output_size: int,
) -> keras.Model:
    """The decoder of an architecture, of latents or of latents and features.

    A vector of features is appended to the latent vector; an image of features goes
    through an encoder of the same architecture first.

    Args:
        architecture: The kind of network.
        condition: What the model is given beside the latents, if anything.
        latent_dim: Number of latent dimensions.
        image_shape: `(height, width, channels)`.
        output_size: Number of outputs.

    Returns:
        A network from latents, or `[latents, features]`, to `(batch, output_size)`.
    """
    if condition is None:
        return architecture.decoder(latent_dim, image_shape, output_size)
    latents = keras.Input((latent_dim,), name="z")
    features = keras.Input(condition.feature_shape, name="features")
    vector = features
    if len(condition.feature_shape) == 3:
        reader = architecture.encoder(condition.feature_shape, _CODE_SIZE)
        reader.name = "features_encoder"
        vector = reader(features)
    joined = keras.layers.Concatenate(name="z_and_features")([latents, vector])
    network = architecture.decoder(joined.shape[-1], image_shape, output_size)
    return _named_model([latents, features], network(joined), network, "decoder")


def flat_layers(network: keras.layers.Layer) -> list[keras.layers.Layer]:
    """The layers of a network, those of the networks inside it among them, in order."""
    inner = getattr(network, "layers", None)
    if not inner:
        return [network]
    return [layer for part in inner for layer in flat_layers(part)]


def _as_channels(
    features: keras.KerasTensor, image_shape: tuple[int, ...]
) -> keras.KerasTensor:
    height, width, _ = image_shape
    if len(features.shape) == 2:
        plane = keras.layers.Dense(height * width, name="features_plane")(features)
        return keras.layers.Reshape((height, width, 1), name="features_channel")(plane)
    if features.shape[1:3] != (height, width):
        raise ValueError(
            f"Expected a condition of images of {height} x {width} pixels, as the "
            f"model's images. Received: {features.shape[1]} x {features.shape[2]}"
        )
    return features


def _named_model(
    inputs: list[keras.KerasTensor],
    outputs: keras.KerasTensor,
    network: keras.Model,
    name: str,
) -> keras.Model:
    network.name = f"{name}_network"
    return keras.Model(inputs, outputs, name=name)
