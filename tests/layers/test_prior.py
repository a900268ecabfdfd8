import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import MultivariateNormalDiag, Prior

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo_tests")
class LearnedMean(Prior):
    """A prior with a weight, as a user writes one."""

    def build(self, input_shape):
        self.loc = self.add_weight(shape=self.event_shape, name="loc")

    def distribution(self):
        return tfd.MultivariateNormalDiag(
            tf.convert_to_tensor(self.loc), tf.ones(self.event_shape)
        )

    def draw(self, seeds, stream):
        return self.loc + random.normal(seeds, self.event_shape, stream)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_called_on_a_tensor_it_is_repeated_for_each_row(jit_compile):
    prior = LearnedMean(3)
    prior(tf.zeros((1, 2)))
    prior.loc.assign([1.0, -2.0, 0.5])
    repeated = tf.function(prior, jit_compile=jit_compile)(tf.zeros((5, 2)))
    assert repeated.batch_shape == (5,)
    assert repeated.event_shape == (3,)
    z = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    np.testing.assert_allclose(
        repeated.log_prob(z), prior.distribution().log_prob(z), rtol=1e-6
    )


def test_a_learned_prior_gets_its_gradient_from_the_kl():
    prior, posterior = LearnedMean(3), MultivariateNormalDiag(3)
    prior.build(None)
    params = np.random.default_rng(1).normal(size=(4, 6)).astype("float32")
    with tf.GradientTape() as tape:
        kl = tfd.kl_divergence(posterior(params), prior.distribution())
    gradient = tape.gradient(kl, prior.loc.value)
    expected = (np.asarray(prior.loc.value) - params[:, :3]).sum(0)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-6)


def test_a_learned_prior_is_saved(tmp_path):
    model = keras.Sequential([keras.Input((2,)), LearnedMean(3)])
    model.layers[-1].loc.assign([1.0, -2.0, 0.5])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded.layers[-1].loc, [1.0, -2.0, 0.5])
    assert loaded(tf.zeros((4, 2))).batch_shape == (4,)


def test_what_is_not_defined_says_so():
    with pytest.raises(NotImplementedError, match="must define `distribution`"):
        Prior(2).distribution()
    with pytest.raises(NotImplementedError, match="must define `draw`"):
        Prior(2).draw(tf.constant([1], tf.int64), 0)


def test_sizes_may_come_from_numpy():
    prior = Prior(np.int64(3))
    assert prior.event_shape == (3,)
    assert type(prior.get_config()["event_size"]) is int
