"""Mixtures of independent normal variables."""

import keras

from vaezoo.layers.independent_normal import IndependentNormal
from vaezoo.layers.mixture_of_location_scale import MixtureOfLocationScale


@keras.saving.register_keras_serializable(package="vaezoo")
class MixtureNormal(MixtureOfLocationScale):
    """A mixture of independent normal variables.

    `tfp.layers.MixtureNormal` for Keras 3. The parameters are the logits of the
    components, then the parameters of each `IndependentNormal` in turn.

    Args:
        num_components: Number of components.
        event_shape: Shape of one event; an integer stands for a vector.
        convert_to_tensor_fn: See `DistributionLayer`.
        validate_args: See `DistributionLayer`.
        min_scale: Lower bound of the scales of the components.
        max_scale: Upper bound of these scales.
        **kwargs: See `DistributionLayer`.

    Input shape:
        `(..., num_components * (1 + 2 * number of elements of an event))`.

    Output shape:
        `tfd.MixtureSameFamily` of batch shape `(...)`.

    Raises:
        ValueError: If a number or a shape is not made of positive integers, or the
            bounds are not `0 < min_scale < max_scale`.
    """

    component_class = IndependentNormal
