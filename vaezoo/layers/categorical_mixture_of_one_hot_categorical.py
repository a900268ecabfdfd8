"""Mixtures of categorical variables."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers.mixture_same_family import MixtureSameFamily
from vaezoo.layers.one_hot_categorical import OneHotCategorical

tfd = tfp.distributions


class MixtureOfOneHotCategorical(tfd.MixtureSameFamily):
    """A mixture of categorical variables, which is one itself."""

    def log_mean(self) -> tf.Tensor:
        """The log-probability of each category, exact where `log(mean())` is -inf.

        Returns:
            `(..., categories)`, in nats.
        """
        weights = tf.nn.log_softmax(self.mixture_distribution.logits_parameter())
        logits = self.components_distribution.logits_parameter()
        each = weights[..., None] + tf.nn.log_softmax(logits)
        return tf.reduce_logsumexp(each, axis=-2)


@keras.saving.register_keras_serializable(package="vaezoo")
class CategoricalMixtureOfOneHotCategorical(MixtureSameFamily):
    """A mixture of categorical variables over one-hot vectors.

    `tfp.layers.CategoricalMixtureOfOneHotCategorical` for Keras 3. The parameters are
    the logits of the components, then the logits of each component in turn. The
    distribution also has the `log_mean` that TFP gives it.

    Args:
        event_size: Number of categories.
        num_components: Number of components.
        convert_to_tensor_fn: See `DistributionLayer`.
        sample_dtype: dtype of samples; that of the parameters by default.
        validate_args: See `DistributionLayer`.
        **kwargs: See `DistributionLayer`.

    Input shape:
        `(..., num_components * (1 + event_size))`.

    Output shape:
        `tfd.MixtureSameFamily` of batch shape `(...)`.

    Raises:
        ValueError: If a size is not a positive integer.
    """

    def __init__(
        self,
        event_size: int,
        num_components: int,
        convert_to_tensor_fn: str | Callable = "sample",
        sample_dtype: str | None = None,
        validate_args: bool = False,
        **kwargs: Any,
    ) -> None:
        # The components take points inside the simplex too, as in `tfp.layers`.
        super().__init__(
            num_components,
            OneHotCategorical(event_size, sample_dtype=sample_dtype),
            convert_to_tensor_fn,
            validate_args,
            **kwargs,
        )

    @classmethod
    def params_size(cls, event_size: int, num_components: int) -> int:
        """How many parameters one mixture takes.

        Args:
            event_size: Number of categories.
            num_components: Number of components.

        Returns:
            The size of the last axis of the layer's input.
        """
        component = OneHotCategorical.params_size(event_size)
        return super().params_size(num_components, component)

    def distribution(self, params: tf.Tensor) -> MixtureOfOneHotCategorical:  # noqa: D102
        mixture = super().distribution(params)
        return MixtureOfOneHotCategorical(
            mixture.mixture_distribution, mixture.components_distribution
        )

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        config = super().get_config()
        del config["component_layer"]
        return {
            **config,
            "event_size": self.event_shape[0],
            "sample_dtype": self.component_layer.sample_dtype,
        }
