"""The base class of heads made of independent location-scale variables."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers.distribution_layer import DistributionLayer
from vaezoo.layers.event_shape import number_of_elements, shape_events
from vaezoo.layers.pixel_kind import PixelKind
from vaezoo.layers.scale_bounds import check_scale_bounds

tfd = tfp.distributions


class IndependentLocationScale(DistributionLayer):
    """Independent variables that are each a location plus a scale times noise.

    The parameters are all locations, then all raw scales, as in `tfp.layers`. The scale
    is softplus(raw), held between two bounds far outside of what training needs, so
    that no density is ever infinite. A subclass names the family and its noise.

    Args:
        event_shape: Shape of one event; an integer stands for a vector.
        convert_to_tensor_fn: See `DistributionLayer`.
        validate_args: See `DistributionLayer`.
        min_scale: Lower bound of the scale.
        max_scale: Upper bound of the scale.
        **kwargs: See `DistributionLayer`.
    """

    family: type[tfd.Distribution]

    def __init__(
        self,
        event_shape: int | Sequence[int] = (),
        convert_to_tensor_fn: str | Callable = "sample",
        validate_args: bool = False,
        min_scale: float = 1e-6,
        max_scale: float = 1e6,
        **kwargs: Any,
    ) -> None:
        super().__init__(event_shape, convert_to_tensor_fn, validate_args, **kwargs)
        self.min_scale, self.max_scale = check_scale_bounds(min_scale, max_scale)

    @classmethod
    def params_size(cls, event_shape: int | Sequence[int] = ()) -> int:  # noqa: D102
        return 2 * number_of_elements(event_shape)

    @property
    def pixel_kind(self) -> PixelKind:
        """Real numbers."""
        return PixelKind.DENSITY

    def noise(
        self,
        seeds: tf.Tensor,
        shape: Sequence[int],
        stream: int,
        start: int | tf.Tensor = 0,
    ) -> tf.Tensor:
        """Draws of the family with location 0 and scale 1.

        Args:
            seeds: int64 `(batch,)`, one seed a row.
            shape: Shape of one row's draw, of rank 1 or 2.
            stream: Stream of the generator.
            start: Where along the first axis of a shape of rank 2 to start.

        Returns:
            float32 `(batch, *shape)`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `noise`.")

    def distribution(self, params: tf.Tensor) -> tfd.Independent:  # noqa: D102
        loc, raw_scale = tf.split(params, 2, axis=-1)
        scale = tf.clip_by_value(
            tf.nn.softplus(raw_scale), self.min_scale, self.max_scale
        )
        return tfd.Independent(
            self.family(
                loc=shape_events(loc, self.event_shape),
                scale=shape_events(scale, self.event_shape),
                validate_args=self.validate_args,
            ),
            reinterpreted_batch_ndims=len(self.event_shape),
            validate_args=self.validate_args,
        )

    def initial_params(self, mean: tf.Tensor) -> tf.Tensor:
        """The locations, then raw scales of zero, `(params_size,)`."""
        locations = tf.reshape(mean, [-1])
        return tf.concat([locations, tf.zeros_like(locations)], axis=0)

    def draw(  # noqa: D102
        self, distribution: tfd.Distribution, seeds: tf.Tensor, stream: int
    ) -> tf.Tensor:
        noise = self.noise(seeds, (number_of_elements(self.event_shape),), stream)
        return self._reparameterize(distribution, noise)

    def draw_many(  # noqa: D102
        self,
        distribution: tfd.Distribution,
        seeds: tf.Tensor,
        stream: int,
        count: int,
        start: int | tf.Tensor = 0,
    ) -> tf.Tensor:
        shape = (count, number_of_elements(self.event_shape))
        noise = self.noise(seeds, shape, stream, start)
        return self._reparameterize(distribution, tf.transpose(noise, [1, 0, 2]))

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        bounds = {"min_scale": self.min_scale, "max_scale": self.max_scale}
        return {**super().get_config(), **bounds}

    def _reparameterize(
        self, distribution: tfd.Independent, noise: tf.Tensor
    ) -> tf.Tensor:
        inside = distribution.distribution
        noise = shape_events(tf.cast(noise, inside.dtype), self.event_shape)
        return inside.loc + inside.scale * noise
