"""The convolutional VAE."""

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.architecture import Convolutional
from vaezoo.models.family import FamilyVAE
from vaezoo.models.registry import register_family


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
        prior: Name or layer of p(z) or p(z|y).
        objective: Name or instance of what training minimizes.
        condition: What the model is given beside the image, such as
            `vaezoo.Labels(10)`; see `vaezoo.models.conditions`. Default: nothing.
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
        condition: Any = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            image_shape,
            latent_dim,
            Convolutional(filters, dense_units, residual_blocks, activation),
            posterior,
            likelihood,
            prior,
            objective,
            condition,
            seed,
            **kwargs,
        )
