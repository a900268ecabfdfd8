"""The fully connected VAE."""

from collections.abc import Sequence
from typing import Any

import keras

from vaezoo.models.architecture import FullyConnected
from vaezoo.models.family import FamilyVAE
from vaezoo.models.registry import register_family


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
        prior: Name or layer of p(z) or p(z|y).
        objective: Name or instance of what training minimizes.
        condition: What the model is given beside the image, such as
            `vaezoo.Labels(10)`; see `vaezoo.models.conditions`. Default: nothing.
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
        condition: Any = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            image_shape,
            latent_dim,
            FullyConnected(hidden_units, activation, residual),
            posterior,
            likelihood,
            prior,
            objective,
            condition,
            seed,
            **kwargs,
        )
