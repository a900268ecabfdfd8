"""The distributions of single latent dimensions."""

import tensorflow as tf
import tensorflow_probability as tfp

tfd = tfp.distributions


def factors(distribution: tfd.Distribution) -> tfd.Distribution | None:
    """The factors of a distribution whose dimensions are independent of each other.

    Args:
        distribution: A distribution over vectors, of any batch shape `(...)`.

    Returns:
        A distribution over scalars of batch shape `(..., latent_dim)`; None if the
        dimensions depend on each other, or it is not known whether they do.
    """
    if isinstance(distribution, tfd.MultivariateNormalDiag):
        return tfd.Normal(distribution.mean(), distribution.stddev())
    if isinstance(distribution, tfd.Independent):
        inner = distribution.distribution
        if inner.event_shape.rank == 0 and distribution.event_shape.rank == 1:
            return inner
    return None


def factorize(*distributions: tfd.Distribution) -> bool:
    """Whether all of them have `factors`."""
    return all(factors(distribution) is not None for distribution in distributions)


def marginal_log_prob(distribution: tfd.Distribution, value: tf.Tensor) -> tf.Tensor:
    """Log density of each dimension by itself, the other dimensions integrated out.

    Args:
        distribution: Independent dimensions, a Gaussian with any covariance, or a
            mixture of such, of batch shape `(...)`.
        value: `(..., latent_dim)`; broadcasts against the batch shape.

    Returns:
        `(..., latent_dim)`, in nats.

    Raises:
        ValueError: If the marginals of the distribution are not known.
    """
    if isinstance(distribution, tfd.MixtureSameFamily):
        mixture = distribution.mixture_distribution.logits_parameter()
        components = marginal_log_prob(
            distribution.components_distribution, value[..., None, :]
        )
        log_weights = tf.nn.log_softmax(mixture)[..., None]
        return tf.reduce_logsumexp(log_weights + components, axis=-2)
    if isinstance(distribution, tfd.MultivariateNormalLinearOperator):
        # Also where the covariance is full: a marginal of a Gaussian is a Gaussian.
        marginals = tfd.Normal(distribution.mean(), distribution.stddev())
        return marginals.log_prob(value)
    marginals = factors(distribution)
    if marginals is None:
        raise ValueError(
            "Expected a posterior whose marginals are known: independent dimensions, "
            "a multivariate Gaussian, or a mixture of such. "
            f"Received: {type(distribution).__name__}"
        )
    return marginals.log_prob(value)
