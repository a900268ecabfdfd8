"""The KL divergence between independent normal variables and a Gaussian vector.

Both are Gaussians, but TFP knows no closed form for two classes as different as
`tfd.Independent` and `tfd.MultivariateNormalDiag`; importing this module registers it.
"""

import contextlib

import tensorflow as tf
import tensorflow_probability as tfp

tfd = tfp.distributions


def _kl_to_gaussian(
    a: tfd.Independent,
    b: tfd.MultivariateNormalLinearOperator,
    name: str | None = None,
) -> tf.Tensor:
    return tfd.kl_divergence(_as_gaussian(a), b, name=name)


def _kl_from_gaussian(
    a: tfd.MultivariateNormalLinearOperator,
    b: tfd.Independent,
    name: str | None = None,
) -> tf.Tensor:
    return tfd.kl_divergence(a, _as_gaussian(b), name=name)


def _as_gaussian(distribution: tfd.Independent) -> tfd.MultivariateNormalDiag:
    inside = distribution.distribution
    if not isinstance(inside, tfd.Normal) or distribution.event_shape.rank != 1:
        # As for every pair without a closed form: callers then estimate it.
        raise NotImplementedError(
            "No KL divergence in closed form between a Gaussian vector and "
            f"{distribution!r}"
        )
    return tfd.MultivariateNormalDiag(inside.loc, inside.scale)


with contextlib.suppress(ValueError):  # TFP has one of its own by now
    tfd.RegisterKL(tfd.Independent, tfd.MultivariateNormalLinearOperator)(
        _kl_to_gaussian
    )
with contextlib.suppress(ValueError):
    tfd.RegisterKL(tfd.MultivariateNormalLinearOperator, tfd.Independent)(
        _kl_from_gaussian
    )
