"""What the client returns where a signature has several outputs."""

from typing import NamedTuple

import numpy as np


class Encoding(NamedTuple):
    """The posterior q(z|x) of each image.

    Attributes:
        z_mean: float32 `(n, latent_dim)`.
        z_stddev: float32 `(n, latent_dim)`.
    """

    z_mean: np.ndarray
    z_stddev: np.ndarray


class Decoding(NamedTuple):
    """The likelihood p(x|z) of each latent vector.

    Attributes:
        mean: Images, float32 `(n, height, width, channels)`.
        parameters: The likelihood's parameters by the names that TensorFlow Probability
            gives them, such as `logits`, each `(n, ...)`.
    """

    mean: np.ndarray
    parameters: dict[str, np.ndarray]


class LogProbTerms(NamedTuple):
    """How likely each image is, in nats, each float32 `(n,)`.

    Attributes:
        elbo: The evidence lower bound, with one sample of the posterior.
        log_prob: The importance-weighted estimate of log p(x).
        kl: KL(q(z|x) || p(z)).
        reconstruction_log_prob: log p(x|z), the bound's other term.
    """

    elbo: np.ndarray
    log_prob: np.ndarray
    kl: np.ndarray
    reconstruction_log_prob: np.ndarray


def encoding(outputs: dict[str, np.ndarray]) -> Encoding | np.ndarray:
    """The posterior; the codes of a model that has none."""
    if len(outputs) == 1:
        (codes,) = outputs.values()
        return codes
    return Encoding(outputs["z_mean"], outputs["z_stddev"])
