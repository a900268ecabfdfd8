"""Fully connected encoder and decoder."""

from collections.abc import Sequence

import keras

from vaezoo.networks.arguments import (
    check_image_shape,
    check_layer_sizes,
    check_size,
)


def fully_connected_encoder(
    image_shape: Sequence[int],
    output_size: int,
    hidden_units: Sequence[int],
    activation: str = "gelu",
    residual: bool = False,
) -> keras.Model:
    """Images to the parameters of a posterior.

    Args:
        image_shape: `(height, width, channels)`.
        output_size: Number of outputs, `params_size` of the posterior.
        hidden_units: Width of each hidden layer, from the image on.
        activation: Name of a Keras activation.
        residual: Whether layers of equal width are residual blocks, each followed by
            layer normalization.

    Returns:
        A network from `(batch, height, width, channels)` to `(batch, output_size)`.

    Raises:
        ValueError: If a size is not a positive integer.
    """
    image_shape = check_image_shape(image_shape)
    output_size = check_size("output_size", output_size)
    hidden_units = check_layer_sizes("hidden_units", hidden_units)
    images = keras.Input(image_shape, name="image")
    hidden = keras.layers.Flatten(name="flatten")(images)
    hidden = _hidden_layers(hidden, hidden_units, activation, residual)
    outputs = keras.layers.Dense(output_size, name="posterior_params")(hidden)
    return keras.Model(images, outputs, name="encoder")


def fully_connected_decoder(
    latent_dim: int,
    output_size: int,
    hidden_units: Sequence[int],
    activation: str = "gelu",
    residual: bool = False,
) -> keras.Model:
    """Latent vectors to the parameters of a likelihood.

    Args:
        latent_dim: Number of latent dimensions.
        output_size: Number of outputs, `params_size` of the likelihood.
        hidden_units: Width of each hidden layer, from the latent vector on.
        activation: Name of a Keras activation.
        residual: As in `fully_connected_encoder`.

    Returns:
        A network from `(batch, latent_dim)` to `(batch, output_size)`.

    Raises:
        ValueError: If a size is not a positive integer.
    """
    latent_dim = check_size("latent_dim", latent_dim)
    output_size = check_size("output_size", output_size)
    hidden_units = check_layer_sizes("hidden_units", hidden_units)
    latents = keras.Input((latent_dim,), name="z")
    hidden = _hidden_layers(latents, hidden_units, activation, residual)
    outputs = keras.layers.Dense(output_size, name="likelihood_params")(hidden)
    return keras.Model(latents, outputs, name="decoder")


def _hidden_layers(
    inputs: keras.KerasTensor,
    hidden_units: Sequence[int],
    activation: str,
    residual: bool,
) -> keras.KerasTensor:
    hidden = inputs
    for index, units in enumerate(hidden_units):
        outputs = keras.layers.Dense(units, activation, name=f"hidden_{index}")(hidden)
        if residual:
            if hidden.shape[-1] == units:
                outputs = keras.layers.Add(name=f"add_{index}")([hidden, outputs])
            outputs = keras.layers.LayerNormalization(name=f"norm_{index}")(outputs)
        hidden = outputs
    return hidden
