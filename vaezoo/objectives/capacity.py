"""The beta-VAE with a controlled capacity of the latent code."""

from typing import Any

import keras
import tensorflow as tf

from vaezoo.integers import check_count
from vaezoo.objectives.arguments import check_weight
from vaezoo.objectives.objective import Objective
from vaezoo.objectives.schedule import linear_rise


@keras.saving.register_keras_serializable(package="vaezoo")
class Capacity(Objective):
    """The KL divergence is held at a capacity C: gamma * |KL - C| - log p(x|z).

    C rises linearly from 0 to `capacity` over the first `steps` steps of training, so
    that the latent dimensions are taken into use one by one. As in the paper's
    equation, it is the KL divergence of each example that is held at C.

    Args:
        gamma: Price of a nat away from C; large, so that C is met.
        capacity: The last C, in nats.
        steps: Training steps until C has risen to `capacity`; 0 for at once.
        warm_up_steps: See `Objective`; it is `gamma` that rises.
        free_bits: See `Objective`.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        Burgess et al. 2018, "Understanding disentangling in beta-VAE", eq. 8.
    """

    def __init__(
        self,
        gamma: float = 1000.0,
        capacity: float = 25.0,
        steps: int = 100_000,
        warm_up_steps: int = 0,
        free_bits: float = 0.0,
    ) -> None:
        super().__init__(warm_up_steps, free_bits)
        self.gamma = check_weight("gamma", gamma)
        self.capacity = check_weight("capacity", capacity)
        self.steps = check_count("steps", steps, least=0)

    def capacity_at(self, step: tf.Tensor | None, dtype: Any = "float32") -> tf.Tensor:
        """C at a step of training, a scalar in nats.

        Args:
            step: How many training steps have been made, an integer scalar; `None` is
                the end of the schedule.
            dtype: Of the result.
        """
        return self.capacity * linear_rise(step, self.steps, dtype)

    def loss(self, reconstruction: tf.Tensor, kl: tf.Tensor) -> tf.Tensor:
        """The loss of each example at the end of the schedule."""
        return self.loss_at(reconstruction, kl, None)

    def loss_at(  # noqa: D102
        self, reconstruction: tf.Tensor, kl: tf.Tensor, step: tf.Tensor | None
    ) -> tf.Tensor:
        distance = tf.abs(kl - self.capacity_at(step, kl.dtype))
        return self.gamma * self.kl_weight(step, kl.dtype) * distance - reconstruction

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        return {
            "gamma": self.gamma,
            "capacity": self.capacity,
            "steps": self.steps,
            **super().get_config(),
        }
