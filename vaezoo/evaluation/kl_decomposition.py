"""What the KL divergence of a VAE is made of: information, and the misfit of q(z)."""

from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo import random
from vaezoo.evaluation.measurement import Evaluation, Measurement, mean_and_error
from vaezoo.evaluation.scored_images import ScoredImages
from vaezoo.models import VAE
from vaezoo.models.rows import map_rows
from vaezoo.objectives import kl_divergence
from vaezoo.objectives.marginals import factors, marginal_log_prob
from vaezoo.random import Stream

_BATCH = 256
# Numbers in (rows x images x dimensions) at a time, 64 MB in float32.
_ELEMENTS = 2**24


def kl_decomposition(
    model: VAE, images: Any, y: Any = None, seed: int = 0
) -> Evaluation:
    """Splits the mean KL divergence into the information in z and the misfit of q(z).

    With q(z) the mean of q(z|x) over the n images given, all of them and not a batch,

        KL(q(z|x) || p(z)) = [log q(z|x) - log q(z)] + [log q(z) - log p(z)]

    in the mean over z from q(z|x): the mutual information of z and which of the images
    it belongs to, and KL(q(z) || p(z)), how far the codes of all images are from the
    prior. The former is at most log n: of a model that tells all images apart it says
    that alone, so give n. The latter consists of the total correlation, of the
    dependence between dimensions, and the KL divergences of the dimensions by
    themselves. One sample of z an image; time grows with the square of n (seconds for
    2,000 images of 40 dimensions).

    Args:
        model: The VAE; its prior may not depend on the condition.
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`; binarized
            once with NumPy's seed 777 for a binary likelihood.
        y: The condition of each image, in conditional models.
        seed: Seed of the samples.

    Returns:
        An `Evaluation` with `kl` = `mutual_information` + `marginal_kl`, and
        `marginal_kl` = `total_correlation` + `dimension_wise_kl`, in nats, with
        standard errors over images; the last two only if the posterior's marginals are
        known.

    Raises:
        ValueError: If images or conditions do not fit the model, it is no VAE, or its
            prior depends on the condition.

    Reference:
        Hoffman & Johnson 2016, "ELBO surgery: yet another way to carve up the
        variational evidence lower bound"; Chen et al. 2018, "Isolating Sources of
        Disentanglement in Variational Autoencoders", eq. 2.
    """
    scored = ScoredImages.of(model, images, y)
    prior = model.prior  # an error if there is one for each condition
    seeds = random.row_seeds(random.check_seed(seed), len(scored.images))

    def encode(x: tf.Tensor, seeds: tf.Tensor, y: tf.Tensor | None = None) -> tuple:
        params = model.encoder_outputs(model.prepare(x), y)
        posterior = model.posterior(params)
        z = model.posterior.draw(posterior, seeds, Stream.LATENT)
        kl = kl_divergence(posterior, prior, z)
        return params, z, posterior.log_prob(z), kl

    graph = model.cached_graph("kl_decomposition", encode)
    rows = map_rows(graph, _BATCH, scored.images, seeds, *scored.condition)
    params, z, own, kl = rows
    aggregate, product = _aggregate_log_probs(model, params, z)
    parts = {"kl": _float64(kl), "mutual_information": _float64(own) - aggregate}
    parts["marginal_kl"] = parts["kl"] - parts["mutual_information"]
    if product is not None:
        parts["total_correlation"] = aggregate - product
        parts["dimension_wise_kl"] = parts["marginal_kl"] - parts["total_correlation"]
    how = f"q(z) of all {len(z)} images, one sample each, seed {seed}"
    how = f"{how}; {scored.protocol}"
    return Evaluation(tuple(_mean(*part, how) for part in parts.items()))


def _mean(name: str, values: np.ndarray, protocol: str) -> Measurement:
    value, error = mean_and_error(values)
    return Measurement(name, value, "nats", protocol, len(values), error)


def _aggregate_log_probs(
    model: VAE, params: tf.Tensor, z: tf.Tensor
) -> tuple[np.ndarray, np.ndarray | None]:
    """Log q(z) and sum_j log q(z_j) of each sample, `(n,)`."""

    def body(params: tf.Tensor, z: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        posterior = model.posterior(params)
        joint, marginal = _pairwise(posterior, z)
        log_n = tf.math.log(tf.cast(tf.shape(params)[0], z.dtype))
        aggregate = tf.reduce_logsumexp(joint, axis=1) - log_n
        if marginal is None:
            return aggregate, None
        product = tf.reduce_logsumexp(marginal, axis=1) - log_n
        return aggregate, tf.reduce_sum(product, axis=-1)

    graph = model.cached_graph("aggregate_log_probs", body)
    step = max(1, _ELEMENTS // int(np.prod(z.shape)))
    parts = [graph(params, z[i : i + step]) for i in range(0, len(z), step)]
    joint, product = zip(*parts, strict=True)
    if product[0] is None:
        return _float64(tf.concat(joint, axis=0)), None
    return _float64(tf.concat(joint, axis=0)), _float64(tf.concat(product, axis=0))


def _pairwise(posterior: Any, z: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Log densities of samples (rows) under posteriors, together and by dimension."""
    try:
        marginal = marginal_log_prob(posterior, z[:, None])
    except ValueError:
        return posterior.log_prob(z[:, None]), None
    if factors(posterior) is not None:
        return tf.reduce_sum(marginal, axis=-1), marginal
    return posterior.log_prob(z[:, None]), marginal


def _float64(values: tf.Tensor) -> np.ndarray:
    return values.numpy().astype(np.float64)
