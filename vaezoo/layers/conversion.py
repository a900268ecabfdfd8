"""How a distribution becomes a tensor: the `convert_to_tensor_fn` argument."""

from collections.abc import Callable

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers.registered_function import function_config

tfd = tfp.distributions


def logits(distribution: tfd.Distribution) -> tf.Tensor:
    """The logits of a discrete distribution, or of the one that `Independent` holds."""
    return _inside(distribution).logits_parameter()


def probs(distribution: tfd.Distribution) -> tf.Tensor:
    """Its probabilities, likewise."""
    return _inside(distribution).probs_parameter()


_CONVERSIONS = {
    "sample": tfd.Distribution.sample,
    "mean": tfd.Distribution.mean,
    "mode": tfd.Distribution.mode,
    "stddev": tfd.Distribution.stddev,
    "variance": tfd.Distribution.variance,
    "logits": logits,
    "probs": probs,
}


def resolve_conversion(convert: str | Callable | property | dict) -> Callable:
    """Finds the function that a `convert_to_tensor_fn` argument names.

    Args:
        convert: A name, a function, a property of a TFP distribution such as
            `tfd.Bernoulli.logits`, or the serialized form of a function.

    Returns:
        A function from a distribution to a tensor.

    Raises:
        ValueError: If it is neither a known name nor a function.
    """
    if isinstance(convert, dict):
        convert = keras.saving.deserialize_keras_object(convert)
    name = convert.fget.__name__ if isinstance(convert, property) else convert
    if isinstance(name, str) and name in _CONVERSIONS:
        return _CONVERSIONS[name]
    if callable(convert):
        return convert
    raise ValueError(
        f"Expected `convert_to_tensor_fn` to be one of {sorted(_CONVERSIONS)} or a "
        f"function. Received: convert_to_tensor_fn={convert!r}"
    )


def is_named(convert: Callable) -> bool:
    """Whether it is one of the conversions that have a name.

    Their result is as large as one value; that of another function may not be.
    """
    return convert in _CONVERSIONS.values()


def conversion_config(convert: Callable) -> str | dict:
    """What a configuration holds for a conversion: its name, or a registered function.

    Raises:
        ValueError: If it is a function that is not registered.
    """
    for name, function in _CONVERSIONS.items():
        if convert is function:
            return name
    return function_config("convert_to_tensor_fn", convert)


def _inside(distribution: tfd.Distribution) -> tfd.Distribution:
    while isinstance(distribution, tfd.Independent):
        distribution = distribution.distribution
    return distribution
