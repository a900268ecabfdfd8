"""The decoder's output bias, from which an untrained model starts."""

import math
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf

from vaezoo.models.agreement import mean_over_replicas
from vaezoo.models.conditional_networks import flat_layers

if TYPE_CHECKING:
    from vaezoo.models.encoder_decoder import EncoderDecoder

# Layers behind the last one with weights that only rearrange its outputs.
_REARRANGE = (
    keras.layers.Cropping2D,
    keras.layers.Flatten,
    keras.layers.InputLayer,
    keras.layers.Reshape,
)


def mean_image(images: np.ndarray) -> np.ndarray:
    """The mean of images in [0, 1], float64 `(height, width, channels)`."""
    mean = images.mean(axis=0, dtype=np.float64)
    return mean / 255.0 if images.dtype == np.uint8 else mean


def set_output_bias(model: "EncoderDecoder", mean: np.ndarray) -> None:
    """Sets the decoder's output bias so that it starts from an image.

    Args:
        model: A model with a decoder.
        mean: The image in [0, 1], `(height, width, channels)`.

    Raises:
        ValueError: If the decoder's last layer with weights has no bias to set.
    """
    initial_params = model.likelihood.initial_params
    params = initial_params(tf.constant(mean, tf.float32)).numpy()
    layer = [part for part in flat_layers(model.decoder) if part.weights][-1]
    bias = getattr(layer, "bias", None)
    outputs = None if bias is None else bias.shape[-1]
    if outputs == params.size:
        bias.assign(params.reshape(-1))
    elif params.ndim > 2 and outputs == math.prod(params.shape[2:]):
        # All pixels share a bias: that of the mean pixel.
        mean = np.broadcast_to(mean.mean(axis=(0, 1)), mean.shape)
        params = initial_params(tf.constant(mean, tf.float32)).numpy()
        bias.assign(params[0, 0].reshape(-1))
    else:
        raise ValueError(
            "Expected the decoder to end in a layer with one bias a pixel or a "
            f"channel. Received: layer {layer.name!r} of "
            f"type {type(layer).__name__}"
        )


def start_from_data(model: "EncoderDecoder", images: np.ndarray) -> None:
    """Sets the output bias of a model that has not been trained, at its first `fit`.

    That is a compiled model whose optimizer has made no step and whose decoder ends in
    a trainable linear layer with a bias of zeros. Any other model stays as it is.

    Args:
        model: A model with a decoder.
        images: Checked images of the training data.
    """
    if not _is_untouched(model):
        return
    # A pixel that is black in each of a few images is not black for certain: one image
    # of medium grey joins them.
    weight = 1.0 / (len(images) + 1.0)
    mean = (1.0 - weight) * mean_image(images) + 0.5 * weight
    mean = mean_over_replicas(model.distribute_strategy, mean)
    try:
        set_output_bias(model, mean)
    except (NotImplementedError, ValueError):
        # A decoder or a likelihood of one's own need not have such a bias.
        return


def _is_untouched(model: "EncoderDecoder") -> bool:
    """Whether the decoder's output bias is as it was made, and to be trained."""
    if not model.compiled or int(model.optimizer.iterations.numpy()) > 0:
        return False
    layers = flat_layers(model.decoder)
    while layers and isinstance(layers[-1], _REARRANGE):
        layers.pop()
    bias = getattr(layers[-1], "bias", None) if layers else None
    if bias is None or all(bias is not weight for weight in model.trainable_weights):
        return False
    linear = keras.activations.linear
    return (
        getattr(layers[-1], "activation", linear) is linear
        and not keras.ops.convert_to_numpy(bias).any()
    )
