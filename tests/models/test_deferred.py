"""A distribution that waits is, for all purposes, the distribution."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.models.deferred import deferred

tfd = tfp.distributions
LOC = np.array([[1.0, 2.0]], "float32")


@pytest.fixture
def builds():
    return []


@pytest.fixture
def waiting(builds):
    def build():
        builds.append(1)
        return tfd.MultivariateNormalDiag(LOC, 0.5 * np.ones_like(LOC))

    mean = tf.constant(LOC)
    return deferred(tfd.MultivariateNormalDiag, build, {"mean": mean})


def test_what_is_known_builds_nothing(waiting, builds):
    np.testing.assert_array_equal(waiting.mean(), LOC)
    np.testing.assert_array_equal(waiting.mean(name="mine"), LOC)
    assert isinstance(waiting, tfd.MultivariateNormalDiag)
    assert builds == []


def test_the_first_use_builds_it_once(waiting, builds):
    mean = waiting.mean
    np.testing.assert_allclose(waiting.stddev(), [[0.5, 0.5]])
    assert waiting.batch_shape == (1,)
    np.testing.assert_array_equal(waiting.mean(), LOC)
    np.testing.assert_array_equal(mean(), LOC)
    assert builds == [1]
    assert type(waiting) is tfd.MultivariateNormalDiag


@pytest.mark.parametrize(
    "use",
    [
        repr,
        str,
        lambda d: d.log_prob(LOC),
        lambda d: d.copy(),
        lambda d: d[0],
        lambda d: d.parameters,
        lambda d: tf.nest.flatten(d, expand_composites=True),
        lambda d: tfd.kl_divergence(d, d),
        lambda d: tfd.Independent(d, 1),
        lambda d: setattr(d, "mine", 1),
    ],
)
def test_any_use_builds_it(waiting, builds, use):
    use(waiting)
    assert builds == [1]


def test_it_can_be_used_in_a_graph_and_after_it(waiting):
    log_prob = tf.function(lambda: waiting.log_prob(LOC))()
    np.testing.assert_allclose(waiting.log_prob(LOC), log_prob, rtol=1e-6)


def test_encode_and_decode_wait(model, images):
    posterior = model.encode(images)
    assert "_build" in object.__getattribute__(posterior, "__dict__")
    likelihood = model.decode(posterior.mean())
    assert "_build" in object.__getattribute__(likelihood, "__dict__")
    expected = model.posterior(model.encoder(images.astype("float32") / 255.0))
    np.testing.assert_allclose(posterior.mean(), expected.mean(), rtol=1e-4, atol=1e-6)
    assert "_build" in object.__getattribute__(posterior, "__dict__")
    np.testing.assert_allclose(posterior.scale.diag, expected.scale.diag, rtol=1e-4)
    assert type(posterior) is type(expected)
    assert type(likelihood + 0.0) is type(tf.constant(0.0))
