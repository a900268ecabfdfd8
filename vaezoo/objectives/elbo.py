"""The evidence lower bound."""

import keras
import tensorflow as tf

from vaezoo.objectives.objective import Objective


@keras.saving.register_keras_serializable(package="vaezoo")
class ELBO(Objective):
    """The negative evidence lower bound (Kingma & Welling 2014, eq. 3 and 10).

    Args:
        warm_up_steps: See `Objective`.
        free_bits: See `Objective`.

    Raises:
        ValueError: If an argument is out of range.
    """

    def loss(self, reconstruction: tf.Tensor, kl: tf.Tensor) -> tf.Tensor:  # noqa: D102
        return kl - reconstruction
