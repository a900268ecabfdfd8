"""From names to posterior, likelihood, prior and objective."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import keras

from vaezoo.layers import (
    DistributionLayer,
    IndependentBernoulli,
    MultivariateNormalDiag,
    Prior,
    StandardNormal,
)
from vaezoo.objectives import ELBO, Objective

POSTERIORS = {"multivariate_normal_diag": MultivariateNormalDiag}
LIKELIHOODS = {"bernoulli": IndependentBernoulli}
PRIORS = {"standard_normal": StandardNormal}
OBJECTIVES = {"elbo": ELBO}


class Heads(NamedTuple):
    """The three distribution layers of a VAE."""

    posterior: DistributionLayer
    likelihood: DistributionLayer
    prior: Prior

    @property
    def posterior_params(self) -> int:
        """Outputs that the encoder must have."""
        return self.posterior.params_size(self.posterior.event_shape)

    @property
    def likelihood_params(self) -> int:
        """Outputs that the decoder must have."""
        return self.likelihood.params_size(self.likelihood.event_shape)


def make_heads(
    image_shape: Sequence[int],
    latent_dim: int,
    posterior: Any,
    likelihood: Any,
    prior: Any,
) -> Heads:
    """Resolves the three `posterior`, `likelihood` and `prior` arguments of a family.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Number of latent dimensions.
        posterior: A name of `POSTERIORS`, a layer, or a layer's serialized form.
        likelihood: Likewise, of `LIKELIHOODS`.
        prior: Likewise, of `PRIORS`.

    Returns:
        The three layers.

    Raises:
        ValueError: If a name is unknown or an argument is something else.
    """
    return Heads(
        _resolve("posterior", posterior, POSTERIORS, DistributionLayer, latent_dim),
        _resolve(
            "likelihood", likelihood, LIKELIHOODS, DistributionLayer, tuple(image_shape)
        ),
        _resolve("prior", prior, PRIORS, Prior, latent_dim),
    )


def make_objective(objective: Any) -> Objective:
    """Resolves the `objective` argument of a family: a name or an `Objective`.

    Raises:
        ValueError: If the name is unknown or the argument is something else.
    """
    return _resolve("objective", objective, OBJECTIVES, Objective)


def identifier(argument: Any) -> Any:
    """What `get_config` holds for an argument: the name, or the serialized object."""
    if isinstance(argument, (str, dict)):
        return argument
    return keras.saving.serialize_keras_object(argument)


def _resolve(
    argument: str, value: Any, known: dict[str, type], kind: type, *args: Any
) -> Any:
    if isinstance(value, dict):
        value = keras.saving.deserialize_keras_object(value)
    if isinstance(value, str) and value in known:
        layer_name = {"name": argument} if issubclass(kind, keras.layers.Layer) else {}
        return known[value](*args, **layer_name)
    if isinstance(value, kind):
        return value
    close = get_close_matches(str(value), known)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(
        f"Expected `{argument}` to be one of {sorted(known)} or a {kind.__name__}. "
        f"Received: {argument}={value!r}.{hint}"
    )
