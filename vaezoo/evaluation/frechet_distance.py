"""The Fréchet distance between Gaussians, and between the features of two sets."""

from typing import Any

import numpy as np

from vaezoo.evaluation.feature_arrays import check_features


def frechet_distance(first: Any, second: Any) -> float:
    """The squared Fréchet distance between Gaussians fitted to two sets of features.

    It is what FID computes (Heusel et al. 2017), of whatever features these are. The
    estimate is above the true distance by an amount that falls with the number of rows
    as 1/n: only distances of equally many rows can be compared.

    Args:
        first: `(n, dims)`.
        second: `(m, dims)`.

    Returns:
        The distance, >= 0.

    Raises:
        ValueError: If they are not two finite arrays of as many dimensions, with two
            rows at least.

    Reference:
        Heusel et al., "GANs trained by a two time-scale update rule converge to a
        local Nash equilibrium", NeurIPS 2017, eq. 6.
    """
    first, second = check_features(first, second, least=2)
    return gaussian_frechet_distance(
        first.mean(axis=0), _covariance(first), second.mean(axis=0), _covariance(second)
    )


def gaussian_frechet_distance(
    first_mean: Any, first_covariance: Any, second_mean: Any, second_covariance: Any
) -> float:
    """The squared Fréchet (2-Wasserstein) distance between two Gaussians.

    |m1 - m2|^2 + tr(S1 + S2 - 2 (S1^1/2 S2 S1^1/2)^1/2), in float64. The last trace is
    the sum of the singular values of S1^1/2 S2^1/2 with symmetric square roots, which
    stays real and accurate where covariances are singular.

    Args:
        first_mean: `(dims,)`.
        first_covariance: `(dims, dims)`, symmetric, positive semi-definite.
        second_mean: `(dims,)`.
        second_covariance: `(dims, dims)`.

    Returns:
        The distance, >= 0.

    Reference:
        Dowson & Landau, "The Fréchet distance between multivariate normal
        distributions", Journal of Multivariate Analysis 12, 1982.
    """
    first_root = _square_root(first_covariance)
    second_root = _square_root(second_covariance)
    shift = np.asarray(first_mean, np.float64) - np.asarray(second_mean, np.float64)
    overlap = np.linalg.svd(first_root @ second_root, compute_uv=False).sum()
    # The roots' squares, not the arguments: rounding then cancels for equal ones.
    traces = (first_root**2).sum() + (second_root**2).sum()
    return max(0.0, float(shift @ shift + traces - 2.0 * overlap))


def _square_root(covariance: Any) -> np.ndarray:
    covariance = np.asarray(covariance, np.float64)
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2.0)
    # An eigenvalue of 0 comes out as 1e-16, of either sign: its root would be 1e-8.
    noise = len(values) * np.finfo(np.float64).eps * np.abs(values).max()
    roots = np.sqrt(np.where(values > noise, values, 0.0))
    return (vectors * roots) @ vectors.T


def _covariance(features: np.ndarray) -> np.ndarray:
    return np.cov(features, rowvar=False).reshape(features.shape[1], -1)
