"""The three parts of the mean KL divergence between posterior and prior."""

from typing import NamedTuple

import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.objectives.marginals import marginal_log_prob

tfd = tfp.distributions

ESTIMATORS = ("minibatch_weighted", "minibatch_stratified")


class Decomposition(NamedTuple):
    """What log q(z|x) - log p(z) is the sum of, each `(batch,)`, in nats.

    The means over z and x are the three parts of the KL divergence, with q(z) the mean
    of q(z|x) over the training images (Chen et al. 2018, eq. 2).

    Attributes:
        mutual_information: log q(z|x) - log q(z); between image and latents.
        total_correlation: log q(z) - sum_j log q(z_j); between the dimensions.
        dimension_wise_kl: sum_j log q(z_j) - log p(z).
    """

    mutual_information: tf.Tensor
    total_correlation: tf.Tensor
    dimension_wise_kl: tf.Tensor


def decompose_kl(
    posterior: tfd.Distribution,
    prior: tfd.Distribution,
    z: tf.Tensor,
    dataset_size: int | None = None,
    estimator: str = "minibatch_weighted",
) -> Decomposition:
    """Estimates the decomposition of the KL divergence from a batch.

    With B images in the batch and N in the data set, q(z) at the sample z_i of image i
    is a weighted sum of q(z_i|x_j) over the images j of the batch:

    - `"minibatch_weighted"` (eq. 5): every weight is 1 / (N B). They sum to 1 / N, so
      that q(z_i) comes out too small; N itself moves values but no gradient.
    - `"minibatch_stratified"` (appendix C.2): 1 / N for image i itself and
      (N - 1) / (N (B - 1)) for each of the others, which is unbiased for q(z_i). The
      paper gives one of the others, taken at random, a smaller weight; this is the mean
      over which one: as unbiased, with less variance, and exact if the batch is the
      whole data set.

    Args:
        posterior: q(z|x), of batch shape `(batch,)`: independent dimensions, a Gaussian
            with any covariance, or a mixture of such.
        prior: p(z), of empty batch shape or `(batch,)`.
        z: A sample of the posterior, `(batch, latent_dim)`.
        dataset_size: N. None takes the batch for the whole data set.
        estimator: `"minibatch_weighted"` or `"minibatch_stratified"`.

    Returns:
        The `Decomposition`; the three always sum to log q(z|x) - log p(z).

    Raises:
        ValueError: If the estimator is unknown, or the marginals of the posterior are.

    Reference:
        Chen et al. 2018, "Isolating Sources of Disentanglement in Variational
        Autoencoders".
    """
    own = posterior.log_prob(z)
    # Row i, column j: the sample of image i under the posterior of image j.
    joint = posterior.log_prob(z[:, None])
    marginal = marginal_log_prob(posterior, z[:, None])
    log_weights = _log_weights(tf.shape(z)[0], dataset_size, estimator, z.dtype)
    aggregate = tf.reduce_logsumexp(log_weights + joint, axis=1)
    product = tf.reduce_logsumexp(log_weights[..., None] + marginal, axis=1)
    product = tf.reduce_sum(product, axis=-1)
    return Decomposition(
        mutual_information=own - aggregate,
        total_correlation=aggregate - product,
        dimension_wise_kl=product - prior.log_prob(z),
    )


def check_estimator(estimator: str) -> str:
    """Returns the name of an estimator.

    Raises:
        ValueError: If it is unknown.
    """
    if estimator not in ESTIMATORS:
        raise ValueError(
            f"Expected `estimator` to be one of {list(ESTIMATORS)}. "
            f"Received: estimator={estimator!r}"
        )
    return estimator


def _log_weights(
    batch: tf.Tensor, dataset_size: int | None, estimator: str, dtype: tf.DType
) -> tf.Tensor:
    """Logs of the weights of the images in q(z), `(batch, batch)`."""
    check_estimator(estimator)
    rows = tf.cast(batch, dtype)
    size = rows if dataset_size is None else tf.cast(float(dataset_size), dtype)
    if estimator == "minibatch_weighted":
        return tf.fill([batch, batch], -tf.math.log(size * rows))
    # An image that is alone in its batch has no others to weigh.
    others = tf.math.log((size - 1.0) / (size * tf.maximum(rows - 1.0, 1.0)))
    return tf.where(tf.eye(batch, dtype=tf.bool), -tf.math.log(size), others)
