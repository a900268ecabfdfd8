"""The parts of the KL divergence against formulas in NumPy, image by image."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.objectives import decompose_kl

tfd = tfp.distributions
B, D, N = 5, 3, 40
RNG = np.random.default_rng(0)
LOC, SCALE = RNG.normal(size=(B, D)), RNG.uniform(0.3, 1.5, (B, D))
Z = LOC + SCALE * RNG.normal(size=(B, D))
PRIOR = tfd.MultivariateNormalDiag(tf.zeros(D), tf.ones(D))


def posterior():
    return tfd.MultivariateNormalDiag(np.float32(LOC), np.float32(SCALE))


def log_normal(z, loc, scale):
    return -0.5 * ((z - loc) / scale) ** 2 - np.log(scale * np.sqrt(2 * np.pi))


def log_sum(weights, values):
    return np.log(sum(w * np.exp(v) for w, v in zip(weights, values, strict=True)))


def numpy_parts(weights):
    """The three parts of each image; `weights[i][j]` is that of image j in q(z_i)."""
    parts = []
    for i in range(B):
        own = sum(log_normal(Z[i, d], LOC[i, d], SCALE[i, d]) for d in range(D))
        pairs = [
            [log_normal(Z[i, d], LOC[j, d], SCALE[j, d]) for d in range(D)]
            for j in range(B)
        ]
        aggregate = log_sum(weights[i], [sum(pair) for pair in pairs])
        product = sum(
            log_sum(weights[i], [pair[d] for pair in pairs]) for d in range(D)
        )
        prior = sum(log_normal(Z[i, d], 0.0, 1.0) for d in range(D))
        parts.append((own - aggregate, aggregate - product, product - prior))
    return np.transpose(parts)


def weighted(size):
    """Chen et al. 2018, eq. 5."""
    return np.full((B, B), 1.0 / (size * B))


def stratified(size, place):
    """Appendix C.2, with the smaller weight on the `place`-th of the other images."""
    m = B - 1
    weights = np.full((B, B), 1.0 / m)
    for i in range(B):
        others = [j for j in range(B) if j != i]
        weights[i, i] = 1.0 / size
        weights[i, others[place]] = (size - m) / (size * m)
    return weights


def mean_stratified(size):
    return np.mean([stratified(size, place) for place in range(B - 1)], axis=0)


def decompose(**kwargs):
    return decompose_kl(posterior(), PRIOR, tf.constant(Z, tf.float32), **kwargs)


ESTIMATORS = {"minibatch_weighted": weighted, "minibatch_stratified": mean_stratified}


@pytest.mark.parametrize("size", [N, B, 60_000])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_each_part_is_the_formula_of_the_paper(estimator, size):
    parts = decompose(dataset_size=size, estimator=estimator)
    expected = numpy_parts(ESTIMATORS[estimator](size))
    for part, reference in zip(parts, expected, strict=True):
        assert part.shape == (B,)
        np.testing.assert_allclose(part, reference, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_without_a_size_the_batch_is_the_data_set(estimator):
    for part, reference in zip(
        decompose(estimator=estimator),
        decompose(dataset_size=B, estimator=estimator),
        strict=True,
    ):
        np.testing.assert_allclose(part, reference, rtol=1e-5)


def test_the_whole_data_set_in_a_batch():
    full = numpy_parts(np.full((B, B), 1.0 / B))
    exact = decompose(dataset_size=B, estimator="minibatch_stratified")
    for part, reference in zip(exact, full, strict=True):
        np.testing.assert_allclose(part, reference, rtol=1e-4, atol=1e-5)
    # The other estimator is known to be too small by log B, for each log density.
    parts = decompose(dataset_size=B, estimator="minibatch_weighted")
    shifts = np.log(B) * np.array([1.0, D - 1.0, -D])
    for part, reference, shift in zip(parts, full, shifts, strict=True):
        np.testing.assert_allclose(part, reference + shift, rtol=1e-4, atol=1e-5)


def test_the_stratified_weights_are_unbiased():
    # Over all batches of B - 1 others out of a data set of six, q(z) comes out right.
    size = 6
    loc, scale = 0.5 * RNG.normal(size=(size, D)), RNG.uniform(0.7, 1.5, (size, D))
    z = loc[0].astype("float32")
    exact = np.mean(np.exp(log_normal(z, loc, scale).sum(1)))
    estimates = []
    for others in itertools.combinations(range(1, size), 3):
        rows = [0, *others]
        moments = np.float32(loc[rows]), np.float32(scale[rows])
        batch = tfd.MultivariateNormalDiag(*moments)
        parts = decompose_kl(
            batch, PRIOR, tf.constant([z] * 4), size, "minibatch_stratified"
        )
        own = batch.log_prob(z)[0]
        estimates.append(np.exp(own - parts.mutual_information[0]))
    assert np.mean(estimates) == pytest.approx(exact, rel=1e-5)
    assert np.std(estimates) > 0.01 * exact


def triangular():
    tril = np.tril(RNG.normal(size=(B, D, D))) + 2.0 * np.eye(D)
    return tfd.MultivariateNormalTriL(np.float32(LOC), np.float32(tril))


def mixture():
    return tfd.MixtureSameFamily(
        tfd.Categorical(logits=tf.zeros((B, 2))),
        tfd.MultivariateNormalDiag(
            np.float32(np.stack([LOC, LOC + 1.0], 1)),
            np.float32(np.stack([SCALE, SCALE], 1)),
        ),
    )


PRIORS = {
    "standard": PRIOR,
    "one an image": tfd.MultivariateNormalDiag(np.float32(LOC), tf.ones((B, D))),
    "dependent": tfd.MultivariateNormalTriL(
        tf.zeros(D), np.float32([[1, 0, 0], [0.5, 1, 0], [0, 0.3, 2]])
    ),
}


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("make", [posterior, triangular, mixture])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_parts_sum_to_the_log_ratio(make, prior, estimator):
    q, p, z = make(), PRIORS[prior], tf.constant(Z, tf.float32)
    parts = decompose_kl(q, p, z, N, estimator)
    ratio = q.log_prob(z) - p.log_prob(z)
    np.testing.assert_allclose(sum(parts), ratio, rtol=1e-4, atol=1e-4)


def test_the_means_of_the_parts_are_those_of_a_known_aggregate():
    # q(z|x) = N(x, s^2 I) for x ~ N(0, S): q(z) = N(0, S + s^2 I), all in closed form.
    covariance, s = np.array([[1.0, 0.6], [0.6, 1.0]]), 0.7
    rng, count = np.random.default_rng(1), 1500
    x = rng.multivariate_normal([0, 0], covariance, count)
    z = x + s * rng.normal(size=x.shape)
    parts = decompose_kl(
        tfd.MultivariateNormalDiag(np.float32(x), tf.fill(x.shape, np.float32(s))),
        tfd.MultivariateNormalDiag(tf.zeros(2), tf.ones(2)),
        tf.constant(z, tf.float32),
        estimator="minibatch_stratified",
    )
    aggregate = covariance + s**2 * np.eye(2)
    variance = np.diag(aggregate)
    log_det = np.linalg.slogdet(aggregate)[1]
    expected = (
        0.5 * (log_det - 2 * np.log(s**2)),
        0.5 * (np.log(variance).sum() - log_det),
        0.5 * (variance - 1.0 - np.log(variance)).sum(),
    )
    for part, value in zip(parts, expected, strict=True):
        error = np.std(part) / np.sqrt(count)
        assert np.mean(part) == pytest.approx(value, abs=4.5 * error + 0.01)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_graph_xla_and_a_single_image(estimator):
    def function(z):
        q = tfd.MultivariateNormalDiag(z, tf.ones_like(z))
        return tuple(decompose_kl(q, PRIOR, z, N, estimator))

    z = tf.constant(Z, tf.float32)
    for jit_compile in (False, True):
        compiled = tf.function(function, jit_compile=jit_compile)
        for actual, expected in zip(compiled(z), function(z), strict=True):
            np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)
    assert np.isfinite(function(z[:1])).all()


def test_the_size_of_the_data_set_has_no_gradient_in_the_weighted_estimator():
    gradients = []
    for size in (B, 10_000):
        z = tf.constant(Z, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(z)
            parts = decompose_kl(posterior(), PRIOR, z, size)
            value = tf.reduce_sum(parts.total_correlation)
        gradients.append(tape.gradient(value, z))
    np.testing.assert_allclose(*gradients, rtol=1e-5, atol=1e-6)


def test_an_unknown_estimator_is_an_error():
    with pytest.raises(ValueError, match="Expected `estimator` to be one of") as caught:
        decompose(estimator="full")
    assert str(caught.value).endswith("Received: estimator='full'")
