"""Convolutional encoder and decoder, for images of any size."""

import math
from collections.abc import Sequence

import keras

from vaezoo.networks.arguments import (
    check_image_shape,
    check_layer_sizes,
    check_size,
)


def convolutional_encoder(
    image_shape: Sequence[int],
    output_size: int,
    filters: Sequence[int],
    dense_units: int,
    residual_blocks: int = 0,
    activation: str = "gelu",
) -> keras.Model:
    """Images to the parameters of a posterior.

    Each entry of `filters` is a level that halves height and width (rounding up).

    Args:
        image_shape: `(height, width, channels)`, any size.
        output_size: Number of outputs, `params_size` of the posterior.
        filters: Channels of each level, from the image on.
        dense_units: Width of the dense layer after the last level.
        residual_blocks: Residual blocks at each level.
        activation: Name of a Keras activation.

    Returns:
        A network from `(batch, height, width, channels)` to `(batch, output_size)`.

    Raises:
        ValueError: If a size is not a positive integer.
    """
    image_shape = check_image_shape(image_shape)
    output_size = check_size("output_size", output_size)
    filters = check_layer_sizes("filters", filters, least=1)
    dense_units = check_size("dense_units", dense_units)
    residual_blocks = check_size("residual_blocks", residual_blocks, zero=True)
    images = keras.Input(image_shape, name="image")
    hidden = images
    for level, channels in enumerate(filters):
        hidden = keras.layers.Conv2D(
            channels, 4, strides=2, padding="same", name=f"down_{level}"
        )(hidden)
        hidden = _residual_blocks(hidden, residual_blocks, activation, f"{level}")
        hidden = _activate(hidden, activation, f"{level}")
    hidden = keras.layers.Flatten(name="flatten")(hidden)
    hidden = keras.layers.Dense(dense_units, name="hidden")(hidden)
    hidden = _activate(hidden, activation, "hidden")
    outputs = keras.layers.Dense(output_size, name="posterior_params")(hidden)
    return keras.Model(images, outputs, name="encoder")


def convolutional_decoder(
    latent_dim: int,
    image_shape: Sequence[int],
    output_size: int,
    filters: Sequence[int],
    dense_units: int,
    residual_blocks: int = 0,
    activation: str = "gelu",
) -> keras.Model:
    """Latent vectors to the parameters of a likelihood; the encoder's mirror image.

    Args:
        latent_dim: Number of latent dimensions.
        image_shape: `(height, width, channels)`, any size.
        output_size: Number of outputs, `params_size` of the likelihood: a multiple of
            the number of pixels.
        filters: Channels of each level, from the image on, as for the encoder.
        dense_units: Width of the first dense layer.
        residual_blocks: Residual blocks at each level.
        activation: Name of a Keras activation.

    Returns:
        A network from `(batch, latent_dim)` to `(batch, output_size)`.

    Raises:
        ValueError: If a size is not a positive integer, or `output_size` is not a
            multiple of the number of pixels.
    """
    latent_dim = check_size("latent_dim", latent_dim)
    height, width, _ = check_image_shape(image_shape)
    output_size = check_size("output_size", output_size)
    filters = check_layer_sizes("filters", filters, least=1)
    dense_units = check_size("dense_units", dense_units)
    residual_blocks = check_size("residual_blocks", residual_blocks, zero=True)
    if output_size % (height * width):
        raise ValueError(
            f"Expected a multiple of {height * width} outputs for images of "
            f"{height} x {width} pixels. Received: output_size={output_size}"
        )
    factor = 2 ** len(filters)
    grid = (math.ceil(height / factor), math.ceil(width / factor), filters[-1])
    latents = keras.Input((latent_dim,), name="z")
    hidden = keras.layers.Dense(dense_units, name="hidden")(latents)
    hidden = _activate(hidden, activation, "hidden")
    hidden = keras.layers.Dense(math.prod(grid), name="grid")(hidden)
    hidden = keras.layers.Reshape(grid, name="reshape")(hidden)
    # The last level's output channels are the likelihood's parameters.
    outputs = [*reversed(filters[:-1]), output_size // (height * width)]
    for level, filters_out in zip(reversed(range(len(filters))), outputs, strict=True):
        hidden = _residual_blocks(hidden, residual_blocks, activation, f"{level}")
        hidden = _activate(hidden, activation, f"{level}")
        hidden = keras.layers.Conv2DTranspose(
            filters_out, 4, strides=2, padding="same", name=f"up_{level}"
        )(hidden)
    excess = (grid[0] * factor - height, grid[1] * factor - width)
    if any(excess):
        # Odd sizes come out a little too large.
        crop = tuple((n // 2, n - n // 2) for n in excess)
        hidden = keras.layers.Cropping2D(crop, name="crop")(hidden)
    outputs = keras.layers.Flatten(name="likelihood_params")(hidden)
    return keras.Model(latents, outputs, name="decoder")


def _activate(
    hidden: keras.KerasTensor, activation: str, name: str
) -> keras.KerasTensor:
    """Layer normalization over the channels, then the activation."""
    hidden = keras.layers.LayerNormalization(name=f"norm_{name}")(hidden)
    return keras.layers.Activation(activation, name=f"activation_{name}")(hidden)


def _residual_blocks(
    hidden: keras.KerasTensor, count: int, activation: str, name: str
) -> keras.KerasTensor:
    """Pre-activation residual blocks (He et al. 2016)."""
    channels = hidden.shape[-1]
    for block in range(count):
        outputs = hidden
        for layer in range(2):
            prefix = f"residual_{name}_{block}_{layer}"
            outputs = _activate(outputs, activation, prefix)
            # The second convolution starts small, so that a block begins close to the
            # identity and depth costs no stability.
            outputs = keras.layers.Conv2D(
                channels,
                3,
                padding="same",
                kernel_initializer=keras.initializers.VarianceScaling(
                    1.0 if layer == 0 else 0.01
                ),
                name=f"{prefix}_conv",
            )(outputs)
        hidden = keras.layers.Add(name=f"residual_{name}_{block}_add")(
            [hidden, outputs]
        )
    return hidden
