"""The KL divergence between posterior and prior."""

import tensorflow as tf
import tensorflow_probability as tfp

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
