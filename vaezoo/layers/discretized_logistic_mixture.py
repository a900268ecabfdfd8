"""The head of mixtures of discretized logistics, for 8-bit pixels."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.integers import is_integer
from vaezoo.layers.distribution_layer import DistributionLayer
from vaezoo.layers.event_shape import number_of_elements, shape_events
from vaezoo.layers.inverse_cdf import draw_category
from vaezoo.layers.logistic_params import bounded_logistic, raw_logistic
from vaezoo.layers.pixel_kind import PixelKind
from vaezoo.layers.pixel_levels import HIGHEST, inside, nearest_level
from vaezoo.layers.quantized_logistic import QuantizedLogistic
from vaezoo.layers.scale_bounds import check_scale_bounds

tfd = tfp.distributions


class MixtureOfQuantizedLogistic(tfd.MixtureSameFamily):
    """Its mean is a pixel, in [0, 1], though rounded weights may sum to more than 1."""

    def _mean(self) -> tf.Tensor:
        return tf.minimum(super()._mean(), 1.0)


@keras.saving.register_keras_serializable(package="vaezoo")
class DiscretizedLogisticMixture(DistributionLayer):
    """Each pixel a mixture of logistics, rounded to 256 levels (PixelCNN++).

    Several values of a pixel can be likely at once, where a single logistic spreads
    over all that lies between them. The channels of a pixel are independent, unlike in
    PixelCNN++, where green depends on red, and blue on both.

    Each element has its parameters side by side: the logits of the components, their
    locations minus 1/2 and their raw scales, `(*event_shape, 3, num_components)` in a
    row. Scales, units and `log_prob` are those of `DiscretizedLogistic`.

    Args:
        event_shape: Shape of one event, such as `(32, 32, 3)`.
        num_components: Number of components of each mixture.
        convert_to_tensor_fn: See `DistributionLayer`.
        validate_args: See `DistributionLayer`.
        min_scale: Lower bound of the scales.
        max_scale: Upper bound of the scales.
        **kwargs: See `DistributionLayer`.

    Input shape:
        `(..., 3 * num_components * number of elements of an event)`.

    Output shape:
        `tfd.Independent` of a `tfd.MixtureSameFamily` of `QuantizedLogistic`, batch
        shape `(...)`.

    Raises:
        ValueError: If `event_shape` or `num_components` is not made of positive
            integers or the bounds are not `0 < min_scale < max_scale`.

    Reference:
        Salimans et al. 2017, "PixelCNN++: Improving the PixelCNN with Discretized
        Logistic Mixture Likelihood and Other Modifications", section 2.1.
    """

    def __init__(
        self,
        event_shape: int | Sequence[int],
        num_components: int = 5,
        convert_to_tensor_fn: str | Callable = "sample",
        validate_args: bool = False,
        min_scale: float = 5e-4,
        max_scale: float = 10.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(event_shape, convert_to_tensor_fn, validate_args, **kwargs)
        self.num_components = check_num_components(num_components)
        self.min_scale, self.max_scale = check_scale_bounds(min_scale, max_scale)

    @classmethod
    def params_size(
        cls, event_shape: int | Sequence[int], num_components: int = 5
    ) -> int:
        """How many parameters one distribution takes.

        Args:
            event_shape: Shape of one event; an integer stands for a vector.
            num_components: Number of components of each mixture.

        Returns:
            The size of the last axis of the layer's input.
        """
        count = check_num_components(num_components)
        return 3 * count * number_of_elements(event_shape)

    @property
    def num_params(self) -> int:  # noqa: D102
        return self.params_size(self.event_shape, self.num_components)

    @property
    def pixel_kind(self) -> PixelKind:  # noqa: D102
        return PixelKind.LEVELS

    def distribution(self, params: tf.Tensor) -> tfd.Independent:  # noqa: D102
        shape = (*self.event_shape, 3 * self.num_components)
        logits, raw_loc, raw_scale = tf.split(shape_events(params, shape), 3, axis=-1)
        loc, scale = bounded_logistic(
            raw_loc, raw_scale, self.min_scale, self.max_scale
        )
        mixture = MixtureOfQuantizedLogistic(
            tfd.Categorical(logits=logits),
            QuantizedLogistic(loc, scale, validate_args=self.validate_args),
        )
        return tfd.Independent(mixture, len(self.event_shape))

    def initial_params(self, mean: tf.Tensor) -> tf.Tensor:
        """Equal weights, and components spread evenly about the mean.

        Args:
            mean: Float tensor of the event shape, in [0, 1].

        Returns:
            Float tensor `(*event_shape, 3 * num_components)`.
        """
        count = self.num_components
        position = (2.0 * tf.range(count, dtype=mean.dtype) + 1.0) / count - 1.0
        mean = inside(mean)[..., None]
        # From 0 to twice the mean, or as far from 1 on the other side.
        means = mean + tf.minimum(mean, 1.0 - mean) * position
        raw_loc, raw_scale = raw_logistic(means, self.min_scale, self.max_scale)
        return tf.concat([tf.zeros_like(means), raw_loc, raw_scale], axis=-1)

    def draw(  # noqa: D102
        self, distribution: tfd.Distribution, seeds: tf.Tensor, stream: int
    ) -> tf.Tensor:
        mixture = distribution.distribution
        components = mixture.components_distribution
        uniform = random.uniform(seeds, [*self.event_shape, 2], stream)
        uniform = tf.cast(uniform, components.dtype)
        logits = mixture.mixture_distribution.logits_parameter()
        chosen = draw_category(logits, uniform[..., 0])
        mask = tf.one_hot(chosen, self.num_components, dtype=components.dtype)
        loc = tf.reduce_sum(mask * components.loc, axis=-1)
        scale = tf.reduce_sum(mask * components.scale, axis=-1)
        logit = tf.math.log(uniform[..., 1]) - tf.math.log1p(-uniform[..., 1])
        return nearest_level(loc + scale * logit) / HIGHEST

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        return {
            **super().get_config(),
            "num_components": self.num_components,
            "min_scale": self.min_scale,
            "max_scale": self.max_scale,
        }


def check_num_components(num_components: int) -> int:
    """Returns the number of components of a mixture.

    Raises:
        ValueError: If it is not a positive integer.
    """
    if not is_integer(num_components, 1):
        raise ValueError(
            "Expected `num_components` to be a positive integer. "
            f"Received: num_components={num_components!r}"
        )
    return int(num_components)
