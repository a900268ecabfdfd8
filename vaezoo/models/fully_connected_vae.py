"""The fully connected VAE."""

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.family import FamilyVAE
from vaezoo.models.registry import register_family
from vaezoo.networks import fully_connected_decoder, fully_connected_encoder
from vaezoo.networks.arguments import check_layer_sizes


@register_family
@keras.saving.register_keras_serializable(package="vaezoo")
class FullyConnectedVAE(FamilyVAE):
    """A VAE whose encoder and decoder are dense networks.

    The model of Kingma & Welling 2014, appendix C, with any number of hidden layers.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Number of latent dimensions.
        hidden_units: Width of each hidden layer of the encoder, from the image on; the
            decoder mirrors it.
        activation: Name of a Keras activation.
        residual: Whether hidden layers of equal width are residual blocks with layer
            normalization.
        posterior: Name or layer of q(z|x), see `vaezoo.models.parts`.
        likelihood: Name or layer of p(x|z).
        prior: Name or layer of p(z).
        objective: Name or instance of what training minimizes.
        seed: Seed of the noise of training.
        **kwargs: `name`, `dtype`, as for any Keras model.

    Raises:
        ValueError: If an argument is out of range or a name is unknown.

    Example:
        >>> model = FullyConnectedVAE((28, 28, 1), latent_dim=8)
        >>> model.compile()
    """

    def __init__(
        self,
        image_shape: Sequence[int] = (28, 28, 1),
        latent_dim: int = 32,
        hidden_units: Sequence[int] = (256, 256),
        activation: str = "gelu",
        residual: bool = False,
        posterior: Any = "multivariate_normal_diag",
        likelihood: Any = "bernoulli",
        prior: Any = "standard_normal",
        objective: Any = "elbo",
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        hidden_units = check_layer_sizes("hidden_units", hidden_units)
        super().__init__(
            image_shape,
            latent_dim,
            lambda size: fully_connected_encoder(
                image_shape, size, hidden_units, activation, residual
            ),
            lambda size: fully_connected_decoder(
                latent_dim, size, hidden_units[::-1], activation, residual
            ),
            posterior,
            likelihood,
            prior,
            objective,
            seed,
            **kwargs,
        )
        self.hidden_units = hidden_units
        self.activation = activation
        self.residual = bool(residual)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON."""
        return {
            **super().get_config(),
            "hidden_units": list(self.hidden_units),
            "activation": self.activation,
            "residual": self.residual,
        }
