"""The KL divergence to a prior, as a layer behind the posterior."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers.kl_divergence_regularizer import KLDivergenceRegularizer
from vaezoo.layers.prior import Prior

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class KLDivergenceAddLoss(keras.layers.Layer):
    """Passes a distribution on and adds KL(distribution || prior) to the loss.

    `tfp.layers.KLDivergenceAddLoss` for Keras 3. The loss of `fit` and `evaluate` gets
    the KL of an example, in nats, averaged over the batch, once.

    Args:
        distribution_b: See `KLDivergenceRegularizer`.
        use_exact_kl: See `KLDivergenceRegularizer`.
        test_points_reduce_axis: See `KLDivergenceRegularizer`.
        test_points_fn: See `KLDivergenceRegularizer`.
        weight: See `KLDivergenceRegularizer`.
        **kwargs: `name`, `dtype`, as for any Keras layer.

    Call arguments:
        inputs: The output of a layer of `vaezoo.layers`.

    Returns:
        `inputs`, still a distribution.

    Raises:
        TypeError: If an argument is of a wrong type, or `inputs` not a distribution.

    Example:
        >>> encoder = keras.Sequential([
        ...     keras.Input((5,)),
        ...     keras.layers.Dense(MultivariateNormalTriL.params_size(2)),
        ...     MultivariateNormalTriL(2),
        ...     KLDivergenceAddLoss(StandardNormal(2)),
        ... ])
    """

    def __init__(
        self,
        distribution_b: Prior | tfd.Distribution | Callable | dict,
        use_exact_kl: bool = False,
        test_points_reduce_axis: int | Sequence[int] | None = None,
        test_points_fn: str | Callable | dict = tf.convert_to_tensor,
        weight: Any = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("autocast", False)
        super().__init__(**kwargs)
        self.regularizer = KLDivergenceRegularizer(
            distribution_b,
            use_exact_kl,
            test_points_reduce_axis,
            test_points_fn,
            weight,
        )
        prior = self.regularizer.distribution_b
        self.prior = prior if isinstance(prior, Prior) else None

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Makes the weights of the prior."""
        if self.prior is not None and not self.prior.built:
            self.prior.build((None, *self.prior.event_shape))

    def call(self, inputs: tfd.Distribution) -> tfd.Distribution:
        """Adds the KL to the losses and returns `inputs`."""
        self.add_loss(self.regularizer.mean_kl(inputs))
        return inputs

    def compute_output_shape(
        self, input_shape: Sequence[int | None]
    ) -> tuple[int | None, ...]:
        """The shape of the input."""
        return tuple(input_shape)

    def compute_output_spec(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """The input again."""
        return keras.KerasTensor(inputs.shape, dtype=inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments.

        Raises:
            ValueError: If one of them cannot be rebuilt from JSON.
        """
        return {**super().get_config(), **self.regularizer.get_config()}
