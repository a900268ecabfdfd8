"""From names to posterior, likelihood, prior and objective."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import keras

from vaezoo.layers import (
    Categorical256,
    ContinuousBernoulli,
    DiscretizedLogistic,
    DiscretizedLogisticMixture,
    DistributionLayer,
    IndependentBernoulli,
    IndependentLogistic,
    MultivariateNormalDiag,
    MultivariateNormalTriL,
    NormalLearnedScale,
    Prior,
    RealNVP,
    StandardNormal,
)
from vaezoo.models.conditional_normal import ConditionalNormal
from vaezoo.models.conditional_real_nvp import ConditionalRealNVP
from vaezoo.objectives import (
    ELBO,
    BetaELBO,
    BetaTCVAE,
    Capacity,
    DoublyReparameterized,
    ImportanceWeighted,
    Objective,
)

POSTERIORS = {
    "independent_logistic": IndependentLogistic,
    "multivariate_normal_diag": MultivariateNormalDiag,
    "multivariate_normal_tril": MultivariateNormalTriL,
}
LIKELIHOODS = {
    "bernoulli": IndependentBernoulli,
    "categorical": Categorical256,
    "continuous_bernoulli": ContinuousBernoulli,
    "discretized_logistic": DiscretizedLogistic,
    "discretized_logistic_mixture": DiscretizedLogisticMixture,
    "normal": NormalLearnedScale,
}
PRIORS = {
    "conditional_normal": ConditionalNormal,
    "conditional_real_nvp": ConditionalRealNVP,
    "real_nvp": RealNVP,
    "standard_normal": StandardNormal,
}
OBJECTIVES = {
    "beta_elbo": BetaELBO,
    "beta_tcvae": BetaTCVAE,
    "capacity": Capacity,
    "doubly_reparameterized": DoublyReparameterized,
    "elbo": ELBO,
    "importance_weighted": ImportanceWeighted,
}


class Heads(NamedTuple):
    """The three distribution layers of a VAE."""

    posterior: DistributionLayer
    likelihood: DistributionLayer
    prior: Prior | ConditionalNormal

    @property
    def posterior_params(self) -> int:
        """Outputs that the encoder must have."""
        return self.posterior.num_params

    @property
    def likelihood_params(self) -> int:
        """Outputs that the decoder must have."""
        return self.likelihood.num_params


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
        make_likelihood(image_shape, likelihood),
        _resolve("prior", prior, PRIORS, (Prior, ConditionalNormal), latent_dim),
    )


def make_likelihood(image_shape: Sequence[int], likelihood: Any) -> DistributionLayer:
    """Resolves a `likelihood` argument: a name of `LIKELIHOODS`, a layer or its form.

    Raises:
        ValueError: If the name is unknown or the argument is something else.
    """
    shape = tuple(image_shape)
    return _resolve("likelihood", likelihood, LIKELIHOODS, DistributionLayer, shape)


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
    argument: str,
    value: Any,
    known: dict[str, type],
    kind: type | tuple[type, ...],
    *args: Any,
) -> Any:
    if isinstance(value, dict):
        value = keras.saving.deserialize_keras_object(value)
    if isinstance(value, str) and value in known:
        is_layer = issubclass(known[value], keras.layers.Layer)
        layer_name = {"name": argument} if is_layer else {}
        return known[value](*args, **layer_name)
    if isinstance(value, kind):
        return value
    close = get_close_matches(str(value), known)
    kinds = kind if isinstance(kind, tuple) else (kind,)
    names = " or ".join(f"a {cls.__name__}" for cls in kinds)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(
        f"Expected `{argument}` to be one of {sorted(known)} or {names}. "
        f"Received: {argument}={value!r}.{hint}"
    )
