"""What the named families share."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from vaezoo.models.dtype_scope import dtype_scope
from vaezoo.models.parts import identifier, make_heads, make_objective
from vaezoo.models.vae import VAE
from vaezoo.networks.arguments import check_image_shape, check_size


class FamilyVAE(VAE):
    """A VAE that is built, and rebuilt, from flat arguments.

    A family gives the two networks as functions of the number of outputs that
    posterior and likelihood ask for; heads and objective combine freely with them.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Number of latent dimensions.
        make_encoder: From the number of outputs to the encoder.
        make_decoder: From the number of outputs to the decoder.
        posterior: Name or layer of q(z|x).
        likelihood: Name or layer of p(x|z).
        prior: Name or layer of p(z).
        objective: Name or instance of what training minimizes.
        seed: Seed of the noise of training.
        **kwargs: `name`, `dtype`, as for any Keras model.

    Raises:
        ValueError: If an argument is out of range or a name is unknown.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        latent_dim: int,
        make_encoder: Callable[[int], keras.Model],
        make_decoder: Callable[[int], keras.Model],
        posterior: Any,
        likelihood: Any,
        prior: Any,
        objective: Any,
        seed: int,
        **kwargs: Any,
    ) -> None:
        image_shape = check_image_shape(image_shape)
        latent_dim = check_size("latent_dim", latent_dim)
        with dtype_scope(kwargs.get("dtype")):
            heads = make_heads(image_shape, latent_dim, posterior, likelihood, prior)
            super().__init__(
                make_encoder(heads.posterior_params),
                make_decoder(heads.likelihood_params),
                *heads,
                objective=make_objective(objective),
                seed=seed,
                **kwargs,
            )
        self._identifiers = (posterior, likelihood, prior, objective)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON."""
        names = ("posterior", "likelihood", "prior", "objective")
        return {
            **self._base_config(),
            "image_shape": list(self.image_shape),
            "latent_dim": self.latent_dim,
            **{
                name: identifier(value)
                for name, value in zip(names, self._identifiers, strict=True)
            },
            "seed": self.seed,
        }
