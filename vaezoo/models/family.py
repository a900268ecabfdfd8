"""What the named families share."""

from collections.abc import Sequence
from typing import Any

from vaezoo.models.architecture import Architecture
from vaezoo.models.conditional_networks import make_decoder, make_encoder
from vaezoo.models.conditions import make_condition
from vaezoo.models.dtype_scope import dtype_scope
from vaezoo.models.parts import identifier, make_heads, make_objective
from vaezoo.models.vae import VAE
from vaezoo.networks.arguments import check_image_shape, check_size


class FamilyVAE(VAE):
    """A VAE that is built, and rebuilt, from flat arguments.

    A family gives the architecture of its networks; heads, objective and condition
    combine freely with it.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Number of latent dimensions.
        architecture: The kind of encoder and decoder.
        posterior: Name or layer of q(z|x).
        likelihood: Name or layer of p(x|z).
        prior: Name or layer of p(z) or p(z|y).
        objective: Name or instance of what training minimizes.
        condition: What the model is given beside the image, or None.
        seed: Seed of the noise of training.
        **kwargs: `name`, `dtype`, as for any Keras model.

    Raises:
        ValueError: If an argument is out of range or a name is unknown.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        latent_dim: int,
        architecture: Architecture,
        posterior: Any = "multivariate_normal_diag",
        likelihood: Any = "bernoulli",
        prior: Any = "standard_normal",
        objective: Any = "elbo",
        condition: Any = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        image_shape = check_image_shape(image_shape)
        latent_dim = check_size("latent_dim", latent_dim)
        condition = make_condition(condition)
        with dtype_scope(kwargs.get("dtype")):
            heads = make_heads(image_shape, latent_dim, posterior, likelihood, prior)
            super().__init__(
                make_encoder(
                    architecture, condition, image_shape, heads.posterior_params
                ),
                make_decoder(
                    architecture,
                    condition,
                    latent_dim,
                    image_shape,
                    heads.likelihood_params,
                ),
                *heads,
                objective=make_objective(objective),
                condition=condition,
                seed=seed,
                **kwargs,
            )
        self.architecture = architecture
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
            **self.architecture.get_config(),
        }
