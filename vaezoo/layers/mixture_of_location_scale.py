"""The base class of mixtures of independent location-scale variables."""

from collections.abc import Callable, Sequence
from typing import Any

from vaezoo.layers.independent_location_scale import IndependentLocationScale
from vaezoo.layers.mixture_same_family import MixtureSameFamily


class MixtureOfLocationScale(MixtureSameFamily):
    """A mixture whose components a subclass names.

    Args:
        num_components: Number of components.
        event_shape: Shape of one event; an integer stands for a vector.
        convert_to_tensor_fn: See `DistributionLayer`.
        validate_args: See `DistributionLayer`.
        min_scale: Lower bound of the scales of the components.
        max_scale: Upper bound of these scales.
        **kwargs: See `DistributionLayer`.
    """

    component_class: type[IndependentLocationScale]

    def __init__(
        self,
        num_components: int,
        event_shape: int | Sequence[int] = (),
        convert_to_tensor_fn: str | Callable = "sample",
        validate_args: bool = False,
        min_scale: float = 1e-6,
        max_scale: float = 1e6,
        **kwargs: Any,
    ) -> None:
        component_layer = self.component_class(
            event_shape,
            validate_args=validate_args,
            min_scale=min_scale,
            max_scale=max_scale,
        )
        super().__init__(
            num_components,
            component_layer,
            convert_to_tensor_fn,
            validate_args,
            **kwargs,
        )

    @classmethod
    def params_size(
        cls, num_components: int, event_shape: int | Sequence[int] = ()
    ) -> int:
        """How many parameters one mixture takes.

        Args:
            num_components: Number of components.
            event_shape: Shape of one event; an integer stands for a vector.

        Returns:
            The size of the last axis of the layer's input.
        """
        component = cls.component_class.params_size(event_shape)
        return super().params_size(num_components, component)

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        config = super().get_config()
        del config["component_layer"]
        return {
            **config,
            "event_shape": list(self.event_shape),
            "min_scale": self.component_layer.min_scale,
            "max_scale": self.component_layer.max_scale,
        }
