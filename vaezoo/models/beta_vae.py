"""The beta-VAE."""

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.integers import check_count
from vaezoo.models.architecture import split_architecture
from vaezoo.models.family import FamilyVAE
from vaezoo.models.registry import register_family
from vaezoo.objectives import BetaELBO, Capacity
from vaezoo.objectives.arguments import check_weight


@register_family
@keras.saving.register_keras_serializable(package="vaezoo")
class BetaVAE(FamilyVAE):
    """A VAE that pays more, or less, than the KL divergence for its latent code.

    Any of the families' networks with the objective filled in: `BetaELBO`, or
    `Capacity` where a capacity is given. `elbo` in the logs stays the true bound.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Number of latent dimensions.
        network: `"fully_connected"` or `"convolutional"`; its options, such as
            `hidden_units` or `filters`, are those of `FullyConnectedVAE` and
            `ConvolutionalVAE`.
        beta: Weight of the KL divergence (Higgins et al. 2017). With a capacity, the
            price gamma of a nat away from it (Burgess et al. 2018).
        warm_up_steps: Training steps in which that weight rises linearly from 0.
        capacity: What the KL divergence is held at in the end, in nats; None for a
            plain beta.
        capacity_steps: Training steps in which the capacity rises linearly from 0.
        free_bits: Nats a latent dimension that cost nothing.
        posterior: Name or layer of q(z|x), see `vaezoo.models.parts`.
        likelihood: Name or layer of p(x|z).
        prior: Name or layer of p(z) or p(z|y).
        condition: What the model is given beside the image; see `FullyConnectedVAE`.
        seed: Seed of the noise of training.
        **kwargs: The options of the network, and `name`, `dtype`, as for any Keras
            model.

    Raises:
        ValueError: If an argument is out of range or a name is unknown.

    Example:
        >>> model = BetaVAE((64, 64, 1), latent_dim=10, network="convolutional")
        >>> model.compile()
    """

    def __init__(
        self,
        image_shape: Sequence[int] = (28, 28, 1),
        latent_dim: int = 32,
        network: str = "fully_connected",
        beta: float = 4.0,
        warm_up_steps: int = 0,
        capacity: float | None = None,
        capacity_steps: int = 100_000,
        free_bits: float = 0.0,
        posterior: Any = "multivariate_normal_diag",
        likelihood: Any = "bernoulli",
        prior: Any = "standard_normal",
        condition: Any = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        architecture, kwargs = split_architecture(network, kwargs)
        beta = check_weight("beta", beta)
        capacity_steps = check_count("capacity_steps", capacity_steps, least=0)
        if capacity is None:
            objective = BetaELBO(beta, warm_up_steps, free_bits)
        else:
            capacity = check_weight("capacity", capacity)
            objective = Capacity(
                beta, capacity, capacity_steps, warm_up_steps, free_bits
            )
        super().__init__(
            image_shape,
            latent_dim,
            architecture,
            posterior,
            likelihood,
            prior,
            objective,
            condition,
            seed,
            **kwargs,
        )
        self.beta = beta
        self.warm_up_steps = objective.warm_up_steps
        self.capacity = capacity
        self.capacity_steps = capacity_steps
        self.free_bits = objective.free_bits

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON."""
        config = super().get_config()
        del config["objective"]  # it follows from these
        return {
            **config,
            "network": self.architecture.name,
            "beta": self.beta,
            "warm_up_steps": self.warm_up_steps,
            "capacity": self.capacity,
            "capacity_steps": self.capacity_steps,
            "free_bits": self.free_bits,
        }
