"""The conditional VAE."""

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.architecture import split_architecture
from vaezoo.models.family import FamilyVAE
from vaezoo.models.registry import register_family


@register_family
@keras.saving.register_keras_serializable(package="vaezoo")
class ConditionalVAE(FamilyVAE):
    """A VAE of p(x|y): images of a given class, with given attributes, or completed.

    Encoder and decoder are given the condition, with `prior="conditional_normal"` the
    prior too (Sohn et al. 2015). Every family takes `condition=`; this one asks for it,
    and leaves the choice of the network open.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Number of latent dimensions.
        condition: `vaezoo.Labels(num_classes)`, `vaezoo.Attributes(size)`,
            `vaezoo.PartialImage(image_shape)`, or a `vaezoo.models.Condition` of yours.
        network: "fully_connected" or "convolutional"; its options, such as
            `hidden_units` or `filters`, are further arguments.
        posterior: Name or layer of q(z|x, y), see `vaezoo.models.parts`.
        likelihood: Name or layer of p(x|z, y).
        prior: Name or layer of p(z) or p(z|y).
        objective: Name or instance of what training minimizes.
        seed: Seed of the noise of training.
        **kwargs: Options of the network, see `vaezoo.models.architecture`; `name`,
            `dtype`, as for any Keras model.

    Raises:
        ValueError: If an argument is out of range or a name is unknown.

    Example:
        >>> model = ConditionalVAE((28, 28, 1), latent_dim=8, condition=Labels(10))
        >>> model.compile()
        >>> model.sample(y=[3, 1, 4]).shape
        (3, 28, 28, 1)
    """

    def __init__(
        self,
        image_shape: Sequence[int] = (28, 28, 1),
        latent_dim: int = 32,
        condition: Any = None,
        network: str = "fully_connected",
        posterior: Any = "multivariate_normal_diag",
        likelihood: Any = "bernoulli",
        prior: Any = "standard_normal",
        objective: Any = "elbo",
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        if condition is None:
            raise ValueError(
                "Expected a `condition`, such as `vaezoo.Labels(10)`. "
                "Received: condition=None"
            )
        architecture, kwargs = split_architecture(network, kwargs)
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

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON."""
        return {**super().get_config(), "network": self.architecture.name}
