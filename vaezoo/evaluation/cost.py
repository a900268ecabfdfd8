"""What a model costs: weights, bytes, and operations."""

import math

import keras
import tensorflow as tf

from vaezoo.evaluation.flops import count_flops
from vaezoo.evaluation.measurement import Measurement
from vaezoo.models.encoder_decoder import EncoderDecoder

_COUNTED = (
    "one image; matrix products and convolutions, a multiplication and an addition "
    "being two operations; counted in the traced graph"
)


def size(model: EncoderDecoder) -> list[Measurement]:
    """Number of weights, and the bytes that they take in memory.

    Args:
        model: The model.

    Returns:
        `parameters` and `weight_bytes`.
    """
    total = sum(
        math.prod(weight.shape) * _bytes_per_element(weight) for weight in model.weights
    )
    return [
        Measurement(
            "parameters", model.count_params(), "weights", "all weights, both nets", 1
        ),
        Measurement("weight_bytes", total, "bytes", "all weights, in memory", 1),
    ]


def encode_flops(model: EncoderDecoder) -> Measurement:
    """Operations from an image to the parameters of its posterior, or its code.

    Args:
        model: The model.

    Returns:
        `encode_flops`, see `vaezoo.evaluation.count_flops`.

    Raises:
        ValueError: If the encoder has no fixed number of operations.
    """
    images = tf.TensorSpec((1, *model.image_shape), tf.float32)
    count = count_flops(model.encoder_outputs, images, *_condition_spec(model))
    return Measurement("encode_flops", count, "FLOPs", _COUNTED, 1)


def decode_flops(model: EncoderDecoder) -> Measurement:
    """Operations from a latent vector to the parameters of the likelihood.

    Args:
        model: The model.

    Returns:
        `decode_flops`, see `vaezoo.evaluation.count_flops`.

    Raises:
        ValueError: If the decoder has no fixed number of operations.
    """
    latents = tf.TensorSpec((1, model.latent_dim), tf.float32)
    count = count_flops(model.decoder_outputs, latents, *_condition_spec(model))
    return Measurement("decode_flops", count, "FLOPs", _COUNTED, 1)


def _condition_spec(model: EncoderDecoder) -> list[tf.TensorSpec]:
    if not model.conditional:
        return []
    condition = model.condition
    return [tf.TensorSpec((1, *condition.value_shape), condition.dtype)]


def _bytes_per_element(weight: keras.Variable) -> int:
    return tf.as_dtype(weight.dtype).size
