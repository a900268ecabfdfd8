"""The categorical head, over one-hot vectors."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers.discrete_layer import DiscreteLayer
from vaezoo.layers.event_shape import check_event_size
from vaezoo.layers.inverse_cdf import draw_category

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class OneHotCategorical(DiscreteLayer):
    """One category of several, as a one-hot vector.

    `tfp.layers.OneHotCategorical` for Keras 3. The parameters are the logits.

    Args:
        event_size: Number of categories.
        convert_to_tensor_fn: See `DistributionLayer`.
        sample_dtype: dtype of samples; that of the parameters by default.
        validate_args: See `DistributionLayer`.
        **kwargs: See `DistributionLayer`.

    Input shape:
        `(..., event_size)`.

    Output shape:
        `tfd.OneHotCategorical` of batch shape `(...)`.

    Raises:
        ValueError: If `event_size` is not a positive integer.
    """

    def __init__(
        self,
        event_size: int,
        convert_to_tensor_fn: str | Callable = "sample",
        sample_dtype: str | None = None,
        validate_args: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            check_event_size(event_size),
            convert_to_tensor_fn,
            sample_dtype,
            validate_args,
            **kwargs,
        )

    @classmethod
    def params_size(cls, event_size: int) -> int:  # noqa: D102
        return check_event_size(event_size)

    def distribution(self, params: tf.Tensor) -> tfd.OneHotCategorical:  # noqa: D102
        return tfd.OneHotCategorical(
            logits=params,
            dtype=self.sample_dtype or params.dtype,
            validate_args=self.validate_args,
        )

    def initial_params(self, mean: tf.Tensor) -> tf.Tensor:  # noqa: D102
        # A category that never occurs would get an infinite logit.
        return tf.math.log(tf.maximum(mean, 1e-3))

    def draw(  # noqa: D102
        self, distribution: tfd.Distribution, seeds: tf.Tensor, stream: int
    ) -> tf.Tensor:
        return draw_one_hot(distribution.logits_parameter(), seeds, stream)

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        config = super().get_config()
        config["event_size"] = config.pop("event_shape")[0]
        return config


def draw_one_hot(logits: tf.Tensor, seeds: tf.Tensor, stream: int) -> tf.Tensor:
    """One category a row.

    Args:
        logits: `(batch, categories)`.
        seeds: int64 `(batch,)`, one seed a row.
        stream: Stream of the generator.

    Returns:
        One-hot vectors of the shape and dtype of `logits`, without gradient.
    """
    uniform = tf.cast(random.uniform(seeds, (), stream), logits.dtype)
    index = draw_category(logits, uniform)
    return tf.one_hot(index, logits.shape[-1], dtype=logits.dtype)
