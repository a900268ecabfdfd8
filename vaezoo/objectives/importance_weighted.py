"""The importance weighted bound."""

import math
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.integers import check_count
from vaezoo.objectives.decoded_samples import log_likelihoods
from vaezoo.objectives.divergence import kl_divergence
from vaezoo.objectives.free_bits import above_floor, sum_with_free_bits
from vaezoo.objectives.marginals import factorize, factors
from vaezoo.objectives.objective import Objective, Terms
from vaezoo.random import Stream

if TYPE_CHECKING:
    from vaezoo.models import VAE

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class ImportanceWeighted(Objective):
    """The negative importance weighted bound L_k, tighter with more samples.

    L_k = log 1/k sum_i w_i with w_i = p(x|z_i) p(z_i) / q(z_i|x). Its gradient is that
    of the log-weights, each times its share w_i / sum_j w_j: the best samples count
    most. In the logs, `reconstruction` is the mean of log p(x|z_i) over the k samples,
    and `elbo` is `reconstruction - kl`, the bound of a single sample; `-loss` is L_k.

    The options of `Objective` act on the log-ratios log q(z_i|x) - log p(z_i), of which
    a log-weight is log p(x|z_i) minus. The warm-up multiplies them. With free bits, the
    log-ratio of a dimension whose mean KL divergence over the batch is below the floor
    counts as the floor, without gradient.

    Args:
        num_samples: k.
        warm_up_steps: See `Objective`.
        free_bits: See `Objective`.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        Burda et al. 2016, "Importance Weighted Autoencoders", eq. 8 and 14.
    """

    def __init__(
        self, num_samples: int = 5, warm_up_steps: int = 0, free_bits: float = 0.0
    ) -> None:
        super().__init__(warm_up_steps, free_bits)
        self.num_samples = check_count("num_samples", num_samples, least=1)

    def terms(  # noqa: D102
        self,
        model: "VAE",
        images: tf.Tensor,
        seeds: tf.Tensor,
        y: tf.Tensor | None = None,
        training: bool = False,
        step: tf.Tensor | None = None,
    ) -> Terms:
        posterior = model.infer(images, y, training=training)
        prior = model.prior_for(y)
        z = model.posterior.draw_many(posterior, seeds, Stream.LATENT, self.num_samples)
        split = self.free_bits > 0.0 and factorize(posterior, prior)
        kl = kl_divergence(_parts(posterior, split), _parts(prior, split), z)
        kl = kl if split else kl[..., None]
        above = above_floor(kl, self.free_bits) if self.free_bits else None
        weight = self.kl_weight(step, z.dtype)
        z, zeros = self.pass_samples(z, weight, above)
        log_ratios = self.log_density(posterior, z, split) - _log_prob(prior, z, split)
        if above is None:
            log_ratio = tf.squeeze(log_ratios, -1)
        else:
            log_ratio = sum_with_free_bits(log_ratios, above, self.free_bits)
        log_likelihood = log_likelihoods(model, images, z, y, training)
        log_weights = log_likelihood - weight * log_ratio + zeros
        reconstruction = tf.reduce_mean(log_likelihood, axis=0)
        kl = tf.reduce_sum(kl, axis=-1)
        if kl.shape.rank == 2:  # by Monte Carlo, one value a sample
            kl = tf.reduce_mean(kl, axis=0)
        return Terms(
            loss=math.log(self.num_samples) - tf.reduce_logsumexp(log_weights, axis=0),
            elbo=reconstruction - kl,
            reconstruction=reconstruction,
            kl=kl,
        )

    def pass_samples(
        self, z: tf.Tensor, kl_weight: tf.Tensor, above: tf.Tensor | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Where a subclass may change the gradient with respect to the samples.

        Args:
            z: `(num_samples, batch, latent_dim)`.
            kl_weight: Scalar, the weight of the log-ratios.
            above: Which dimensions, or which one group, are above the floor of the free
                bits; None for all.

        Returns:
            The samples, and zeros to add to the log-weights, `(num_samples, batch)` or
            a scalar.
        """
        return z, tf.zeros((), z.dtype)

    def log_density(
        self, posterior: tfd.Distribution, z: tf.Tensor, split: bool
    ) -> tf.Tensor:
        """The density log q(z_i|x), where a subclass may change its gradient.

        Args:
            posterior: q(z|x), of batch shape `(batch,)`.
            z: `(num_samples, batch, latent_dim)`.
            split: Whether to give each dimension's part of it.

        Returns:
            `(num_samples, batch, latent_dim)`, or `(num_samples, batch, 1)`, nats.
        """
        return _log_prob(posterior, z, split)

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        return {"num_samples": self.num_samples, **super().get_config()}


def _parts(distribution: tfd.Distribution, split: bool) -> tfd.Distribution:
    return factors(distribution) if split else distribution


def _log_prob(distribution: tfd.Distribution, z: tf.Tensor, split: bool) -> tf.Tensor:
    log_prob = _parts(distribution, split).log_prob(z)
    return log_prob if split else log_prob[..., None]
