"""The likelihood of each image by itself."""

import dataclasses

import numpy as np

from vaezoo.evaluation.measurement import Evaluation, mean_and_error


@dataclasses.dataclass(frozen=True, eq=False)
class PerImageLikelihood:
    """Numbers of each image, which paired comparisons of models need.

    Attributes:
        nll: -log p(x) in nats, `(n,)`; with the difference estimator, that with few
            importance samples.
        elbo: The lower bound of log p(x), from one posterior sample, in nats, `(n,)`.
        reconstruction: log p(x|z) for that sample, in nats, `(n,)`.
        kl: KL(q(z|x) || p(z)) in nats, `(n,)`.
        correction: With the difference estimator, how much `nll` of the first images
            is above that with all k samples, in nats, `(correction_images,)`; else
            None.
        evaluation: Their means with standard errors and protocols, and the number of
            active units, as `evaluate_likelihood` returns them.
    """

    nll: np.ndarray
    elbo: np.ndarray
    reconstruction: np.ndarray
    kl: np.ndarray
    correction: np.ndarray | None
    evaluation: Evaluation


def corrected_mean(
    values: np.ndarray, correction: np.ndarray
) -> tuple[float, float | None]:
    """The mean of `values` minus that of `correction`, with its standard error.

    Args:
        values: `(n,)`.
        correction: `(m,)`, of the first m.

    Returns:
        The difference of the means, and the root of the sum of their squared errors.
    """
    value, error = mean_and_error(values)
    shift, shift_error = mean_and_error(correction)
    if error is not None and shift_error is not None:
        error = float(np.hypot(error, shift_error))
    return value - shift, error
