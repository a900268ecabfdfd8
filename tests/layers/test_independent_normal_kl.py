import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers import (
    IndependentLogistic,
    IndependentNormal,
    MultivariateNormalDiag,
    MultivariateNormalTriL,
    StandardNormal,
)

tfd = tfp.distributions

PARAMS = np.random.default_rng(0).normal(size=(4, 9)).astype("float32")


def as_gaussian(distribution):
    return tfd.MultivariateNormalDiag(distribution.mean(), distribution.stddev())


@pytest.mark.parametrize(
    "other",
    [
        StandardNormal(3).distribution,
        lambda: MultivariateNormalDiag(3)(PARAMS[::-1, :6]),
        lambda: MultivariateNormalTriL(3)(PARAMS[::-1]),
    ],
    ids=["standard", "diagonal", "triangular"],
)
def test_it_is_that_of_the_same_gaussian(other):
    normals, other = IndependentNormal(3)(PARAMS[:, :6]), other()
    same = as_gaussian(normals)
    np.testing.assert_allclose(
        tfd.kl_divergence(normals, other), tfd.kl_divergence(same, other), rtol=1e-6
    )
    np.testing.assert_allclose(
        tfd.kl_divergence(other, normals), tfd.kl_divergence(other, same), rtol=1e-6
    )


def test_it_is_the_formula():
    normals = IndependentNormal(3)(PARAMS[:, :6])
    loc, scale = np.float64(normals.mean()), np.float64(normals.stddev())
    expected = 0.5 * (loc**2 + scale**2 - 1.0) - np.log(scale)
    prior = StandardNormal(3).distribution()
    np.testing.assert_allclose(
        tfd.kl_divergence(normals, prior), expected.sum(-1), rtol=1e-5
    )


@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_reach_both(jit_compile):
    @tf.function(jit_compile=jit_compile)
    def gradients(params):
        with tf.GradientTape() as tape:
            tape.watch(params)
            kl = tfd.kl_divergence(
                IndependentNormal(3)(params[:, :6]), MultivariateNormalTriL(3)(params)
            )
        return tape.gradient(kl, params)

    gradient = gradients(tf.constant(PARAMS)).numpy()
    assert np.isfinite(gradient).all()
    assert np.abs(gradient[:, 3:]).min() > 0.0


@pytest.mark.parametrize(
    "other",
    [
        lambda: IndependentLogistic(3)(PARAMS[:, :6]),
        lambda: tfd.Independent(tfd.Laplace(PARAMS[:, :3], 1.0), 1),
        lambda: IndependentNormal((3, 1))(PARAMS[:, :6]),
    ],
    ids=["logistic", "laplace", "matrix"],
)
def test_others_have_none_in_closed_form(other):
    prior = StandardNormal(3).distribution()
    for pair in ((other(), prior), (prior, other())):
        with pytest.raises(NotImplementedError):
            tfd.kl_divergence(*pair)


def test_two_of_them_are_left_to_tfp():
    a, b = (IndependentNormal(3)(p) for p in (PARAMS[:, :6], PARAMS[::-1, 3:]))
    expected = tfd.kl_divergence(as_gaussian(a), as_gaussian(b))
    np.testing.assert_allclose(tfd.kl_divergence(a, b), expected, rtol=1e-5)
