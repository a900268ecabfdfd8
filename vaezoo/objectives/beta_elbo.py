"""The beta-VAE's bound."""

from typing import Any

import keras
import tensorflow as tf

from vaezoo.objectives.arguments import check_weight
from vaezoo.objectives.objective import Objective


@keras.saving.register_keras_serializable(package="vaezoo")
class BetaELBO(Objective):
    """The KL divergence counts `beta` times: beta * KL - log p(x|z).

    Args:
        beta: Weight of the KL divergence. 1 is the ELBO; more makes the latent
            dimensions more independent, at the price of the reconstruction.
        warm_up_steps: See `Objective`; the weight rises from 0 to `beta`.
        free_bits: See `Objective`.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        Higgins et al. 2017, "beta-VAE: Learning Basic Visual Concepts with a
        Constrained Variational Framework", eq. 4.
    """

    def __init__(
        self, beta: float = 4.0, warm_up_steps: int = 0, free_bits: float = 0.0
    ) -> None:
        super().__init__(warm_up_steps, free_bits)
        self.beta = check_weight("beta", beta)

    def loss(self, reconstruction: tf.Tensor, kl: tf.Tensor) -> tf.Tensor:  # noqa: D102
        return self.beta * kl - reconstruction

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        return {"beta": self.beta, **super().get_config()}
