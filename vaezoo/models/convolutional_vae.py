"""The convolutional VAE."""

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.family import FamilyVAE
from vaezoo.models.registry import register_family
from vaezoo.networks import convolutional_decoder, convolutional_encoder
from vaezoo.networks.arguments import check_layer_sizes, check_size


@register_family
@keras.saving.register_keras_serializable(package="vaezoo")
class ConvolutionalVAE(FamilyVAE):
    """A VAE whose encoder and decoder are convolutional networks.

    Each entry of `filters` halves height and width; any image size will do.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Number of latent dimensions.
        filters: Channels of each level of the encoder, from the image on; the decoder
            mirrors it.
        dense_units: Width of the dense layer between the last level and the latents.
        residual_blocks: Residual blocks at each level.
        activation: Name of a Keras activation.
        posterior: Name or layer of q(z|x), see `vaezoo.models.parts`.
        likelihood: Name or layer of p(x|z).
        prior: Name or layer of p(z).
        objective: Name or instance of what training minimizes.
        seed: Seed of the noise of training.
        **kwargs: `name`, `dtype`, as for any Keras model.

    Raises:
        ValueError: If an argument is out of range or a name is unknown.

    Example:
        >>> model = ConvolutionalVAE((28, 28, 1), latent_dim=8)
        >>> model.compile()
    """

    def __init__(
        self,
        image_shape: Sequence[int] = (28, 28, 1),
        latent_dim: int = 32,
        filters: Sequence[int] = (32, 64),
        dense_units: int = 256,
        residual_blocks: int = 0,
        activation: str = "gelu",
        posterior: Any = "multivariate_normal_diag",
        likelihood: Any = "bernoulli",
        prior: Any = "standard_normal",
        objective: Any = "elbo",
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        filters = check_layer_sizes("filters", filters, least=1)
        dense_units = check_size("dense_units", dense_units)
        residual_blocks = check_size("residual_blocks", residual_blocks, zero=True)
        network = (filters, dense_units, residual_blocks, activation)
        super().__init__(
            image_shape,
            latent_dim,
            lambda size: convolutional_encoder(image_shape, size, *network),
            lambda size: convolutional_decoder(latent_dim, image_shape, size, *network),
            posterior,
            likelihood,
            prior,
            objective,
            seed,
            **kwargs,
        )
        self.filters = filters
        self.dense_units = dense_units
        self.residual_blocks = residual_blocks
        self.activation = activation

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON."""
        return {
            **super().get_config(),
            "filters": list(self.filters),
            "dense_units": self.dense_units,
            "residual_blocks": self.residual_blocks,
            "activation": self.activation,
        }
