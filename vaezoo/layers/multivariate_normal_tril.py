"""The Gaussian head with a full covariance."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers.distribution_layer import DistributionLayer
from vaezoo.layers.event_shape import check_event_size
from vaezoo.layers.scale_bounds import check_scale_bounds

tfb, tfd = tfp.bijectors, tfp.distributions

# What `tfp.layers` adds to the diagonal.
_DIAGONAL_SHIFT = 1e-5


@keras.saving.register_keras_serializable(package="vaezoo")
class MultivariateNormalTriL(DistributionLayer):
    """A Gaussian with full covariance, given by a lower triangular scale.

    `tfp.layers.MultivariateNormalTriL` for Keras 3: a posterior whose dimensions may
    depend on each other. The parameters are the location, then the elements of the
    lower triangle in the order of `tfp.math.fill_triangular`. Its diagonal is
    softplus(raw) + 1e-5, held between `min_scale` and `max_scale`; the elements below
    it are held between plus and minus `max_scale`.

    Args:
        event_size: Number of dimensions.
        convert_to_tensor_fn: See `DistributionLayer`.
        validate_args: See `DistributionLayer`.
        min_scale: Lower bound of the diagonal of the scale.
        max_scale: Upper bound of the magnitude of its elements.
        **kwargs: See `DistributionLayer`.

    Input shape:
        `(..., event_size + event_size * (event_size + 1) / 2)`.

    Output shape:
        `tfd.MultivariateNormalTriL` of batch shape `(...)`.

    Raises:
        ValueError: If `event_size` is not a positive integer, or the bounds are not
            `0 < min_scale < max_scale`.

    Example:
        >>> MultivariateNormalTriL.params_size(3)
        9
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
        size = check_event_size(event_size)
        return size + size * (size + 1) // 2

    def distribution(self, params: tf.Tensor) -> tfd.MultivariateNormalTriL:  # noqa: D102
        (size,) = self.event_shape
        return _MultivariateNormalTriL(
            loc=params[..., :size],
            scale_tril=self._scale(params[..., size:]),
            validate_args=self.validate_args,
        )

    def draw(  # noqa: D102
        self, distribution: tfd.Distribution, seeds: tf.Tensor, stream: int
    ) -> tf.Tensor:
        noise = random.normal(seeds, self.event_shape, stream)
        return _reparameterize(distribution, noise)

    def draw_many(  # noqa: D102
        self,
        distribution: tfd.Distribution,
        seeds: tf.Tensor,
        stream: int,
        count: int,
        start: int | tf.Tensor = 0,
    ) -> tf.Tensor:
        noise = random.normal(seeds, (count, *self.event_shape), stream, start)
        return _reparameterize(distribution, tf.transpose(noise, [1, 0, 2]))

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        config = super().get_config()
        config["event_size"] = config.pop("event_shape")[0]
        return {**config, "min_scale": self.min_scale, "max_scale": self.max_scale}

    def _scale(self, raw: tf.Tensor) -> tf.Tensor:
        matrix = tfb.FillTriangular().forward(raw)
        diagonal = tf.nn.softplus(matrix) + _DIAGONAL_SHIFT
        # Not tf.linalg.set_diag, whose gradient XLA cannot compile for an unknown
        # batch size.
        return tf.where(
            tf.eye(self.event_shape[0], dtype=tf.bool),
            tf.clip_by_value(diagonal, self.min_scale, self.max_scale),
            tf.clip_by_value(matrix, -self.max_scale, self.max_scale),
        )


class _MultivariateNormalTriL(tfd.MultivariateNormalTriL):
    """TFP's, with standard deviations that every runtime can compute.

    TFP multiplies the matrices whole to read their diagonal, by an operator that
    TensorFlow Lite does not have; the norms of the rows of the scale are the same.
    """

    def _variance(self) -> tf.Tensor:
        return tf.reduce_sum(self.scale.to_dense() ** 2, axis=-1)

    def _stddev(self) -> tf.Tensor:
        return tf.sqrt(self._variance())


def _reparameterize(
    distribution: tfd.MultivariateNormalTriL, noise: tf.Tensor
) -> tf.Tensor:
    """Location plus scale matrix times noise."""
    noise = tf.cast(noise, distribution.dtype)
    return distribution.loc + distribution.scale.matvec(noise)
