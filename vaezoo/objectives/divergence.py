"""The KL divergence between posterior and prior."""

import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.objectives.marginals import factorize, factors

tfd = tfp.distributions


def kl_divergence(
    posterior: tfd.Distribution, prior: tfd.Distribution, sample: tf.Tensor
) -> tf.Tensor:
    """KL(posterior || prior): in closed form where TFP has one, else by Monte Carlo.

    Args:
        posterior: q(z|x), of batch shape `(batch,)`.
        prior: p(z), of empty batch shape or `(batch,)`.
        sample: A sample of the posterior, `(batch, latent_dim)`. The Monte Carlo
            estimate log q(z|x) - log p(z) uses it.

    Returns:
        `(batch,)`, in nats.
    """
    try:
        return tfd.kl_divergence(posterior, prior)
    except NotImplementedError:
        # TFP dispatches on the types of the two: this pair has no closed form.
        return posterior.log_prob(sample) - prior.log_prob(sample)


def kl_per_dimension(
    posterior: tfd.Distribution, prior: tfd.Distribution, sample: tf.Tensor
) -> tf.Tensor:
    """The KL divergence of each latent dimension; they sum to `kl_divergence`.

    Only where posterior and prior both have independent dimensions is there such a sum.
    Elsewhere all dimensions are one group.

    Args:
        posterior: q(z|x), of batch shape `(batch,)`.
        prior: p(z), of empty batch shape or `(batch,)`.
        sample: A sample of the posterior, `(batch, latent_dim)`, for the pairs that
            have no closed form.

    Returns:
        `(batch, latent_dim)`, or `(batch, 1)` for one group, in nats.
    """
    if factorize(posterior, prior):
        return kl_divergence(factors(posterior), factors(prior), sample)
    return kl_divergence(posterior, prior, sample)[..., None]
