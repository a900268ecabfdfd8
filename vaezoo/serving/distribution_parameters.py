"""The parameters of any TFP distribution, by name, with a leading batch axis."""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

tfd = tfp.distributions


def distribution_parameters(distribution: tfd.Distribution) -> dict[str, tf.Tensor]:
    """The tensors that a distribution was made of, such as `loc` and `scale_diag`.

    What TFP itself declares as the parameters of the class is what is returned, so a
    new likelihood needs no entry here. Distributions inside others are opened:
    `Independent` adds nothing to the names, any other part adds its own name, as in
    `mixture_distribution_logits`.

    Args:
        distribution: A distribution of batch shape `(batch, ...)`.

    Returns:
        Name to tensor `(batch, ...)`; float64 and half precision become float32.

    Example:
        >>> logits = tf.zeros([2, 28, 28, 1])
        >>> pixels = tfd.Independent(tfd.Bernoulli(logits=logits), 3)
        >>> list(distribution_parameters(pixels))
        ['logits']
    """
    found: dict[str, tf.Tensor] = {}
    for name, properties in type(distribution).parameter_properties().items():
        value = distribution.parameters.get(name)
        if properties.specifies_shape:
            continue
        if isinstance(value, tfd.Distribution):
            prefix = "" if isinstance(distribution, tfd.Independent) else f"{name}_"
            inner = distribution_parameters(value)
            found |= {prefix + key: tensor for key, tensor in inner.items()}
        elif value is not None:
            # The attribute is a tensor even where a number was given; not all have one.
            tensor = getattr(distribution, name, value)
            if tf.is_tensor(tensor) or isinstance(tensor, np.ndarray):
                found[name] = _with_batch_shape(
                    tf.convert_to_tensor(tensor),
                    distribution,
                    properties.instance_event_ndims(distribution, require_static=True),
                )
    return found


def _with_batch_shape(
    tensor: tf.Tensor, distribution: tfd.Distribution, event_ndims: int
) -> tf.Tensor:
    """A scale that all rows share has no batch axis of its own yet."""
    first = tensor.shape.rank - event_ndims
    shape = tf.concat(
        [distribution.batch_shape_tensor(), tf.shape(tensor)[first:]], axis=0
    )
    static = distribution.batch_shape.concatenate(tensor.shape[first:])
    tensor = tf.broadcast_to(tensor, shape)
    tensor.set_shape(static)  # TensorFlow Lite has no `tf.ensure_shape`.
    return tf.cast(tensor, tf.float32) if tensor.dtype.is_floating else tensor
