"""The diagonal Gaussian head."""

import math
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers.distribution_layer import DistributionLayer
from vaezoo.layers.event_shape import check_event_size
from vaezoo.layers.scale_bounds import check_scale_bounds

tfd = tfp.distributions

# softplus(raw + this) is 1 at raw = 0: an untrained posterior has unit scale.
_UNIT_SHIFT = math.log(math.e - 1.0)


@keras.saving.register_keras_serializable(package="vaezoo")
class MultivariateNormalDiag(DistributionLayer):
    """A Gaussian with diagonal covariance, the usual posterior of a VAE.

    The parameters are the location, then the raw scale. The scale is
    `min_scale + softplus(raw)`, at most `max_scale`, so that it stays away from zero
    and infinity; it is about 1 for a raw scale of 0.

    Args:
        event_size: Number of dimensions.
        convert_to_tensor_fn: See `DistributionLayer`.
        validate_args: See `DistributionLayer`.
        min_scale: Lower bound of the scale.
        max_scale: Upper bound of the scale.
        **kwargs: See `DistributionLayer`.

    Input shape:
        `(..., 2 * event_size)`.

    Output shape:
        `tfd.MultivariateNormalDiag` of batch shape `(...)`.

    Raises:
        ValueError: If `event_size` is not a positive integer or the bounds are not
            `0 < min_scale < max_scale`.

    Reference:
        Kingma & Welling 2014, "Auto-Encoding Variational Bayes", eq. 9.
    """

    def __init__(
        self,
        event_size: int,
        convert_to_tensor_fn: str | Callable = "sample",
        validate_args: bool = False,
        min_scale: float = 1e-4,
        max_scale: float = 1e4,
        **kwargs: Any,
    ) -> None:
        size = check_event_size(event_size)
        super().__init__(size, convert_to_tensor_fn, validate_args, **kwargs)
        self.min_scale, self.max_scale = check_scale_bounds(min_scale, max_scale)

    @classmethod
    def params_size(cls, event_size: int) -> int:  # noqa: D102
        return 2 * check_event_size(event_size)

    def distribution(self, params: tf.Tensor) -> tfd.MultivariateNormalDiag:  # noqa: D102
        loc, raw_scale = tf.split(params, 2, axis=-1)
        scale = self.min_scale + tf.nn.softplus(raw_scale + _UNIT_SHIFT)
        return tfd.MultivariateNormalDiag(
            loc=loc,
            scale_diag=tf.minimum(scale, self.max_scale),
            validate_args=self.validate_args,
        )

    def draw(  # noqa: D102
        self, distribution: tfd.Distribution, seeds: tf.Tensor, stream: int
    ) -> tf.Tensor:
        noise = random.normal(seeds, self.event_shape, stream)
        return reparameterize(distribution, tf.cast(noise, distribution.dtype))

    def draw_many(  # noqa: D102
        self,
        distribution: tfd.Distribution,
        seeds: tf.Tensor,
        stream: int,
        count: int,
        start: int | tf.Tensor = 0,
    ) -> tf.Tensor:
        noise = random.normal(seeds, (count, *self.event_shape), stream, start)
        noise = tf.cast(tf.transpose(noise, [1, 0, 2]), distribution.dtype)
        return reparameterize(distribution, noise)

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        config = super().get_config()
        config["event_size"] = config.pop("event_shape")[0]
        return {**config, "min_scale": self.min_scale, "max_scale": self.max_scale}


def reparameterize(distribution: tfd.Distribution, noise: tf.Tensor) -> tf.Tensor:
    """Location plus scale times noise (Kingma & Welling 2014, section 2.4).

    Args:
        distribution: A diagonal Gaussian of batch shape `(batch,)`.
        noise: Standard normal `(batch, event_size)`, or more axes in front.

    Returns:
        A sample of the distribution, shaped as `noise`.
    """
    return distribution.mean() + distribution.stddev() * noise
