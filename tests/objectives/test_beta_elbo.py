import numpy as np
import pytest
import tensorflow as tf

from vaezoo.objectives import ELBO, BetaELBO


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_the_kl_divergence_counts_beta_times(beta):
    reconstruction, kl = tf.constant([-80.0, -100.5]), tf.constant([20.0, 0.0])
    expected = [beta * 20.0 + 80.0, 100.5]
    np.testing.assert_allclose(BetaELBO(beta).loss(reconstruction, kl), expected)


@pytest.mark.parametrize("beta", [0.5, 4.0])
def test_the_bound_in_the_terms_stays_the_true_one(make_model, binary, seeds, beta):
    terms = make_model(BetaELBO(beta)).terms(binary, seeds)
    plain = make_model(ELBO()).terms(binary, seeds)
    for name in ("elbo", "reconstruction", "kl"):
        np.testing.assert_allclose(getattr(terms, name), getattr(plain, name))
    expected = beta * plain.kl - plain.reconstruction
    np.testing.assert_allclose(terms.loss, expected, rtol=1e-6)


@pytest.mark.slow
def test_more_beta_leaves_less_kl_divergence(make_model, binary):
    kl = []
    for beta in (0.1, 1.0, 10.0):
        model = make_model(BetaELBO(beta))
        model.compile("adam", jit_compile=False)
        model.optimizer.learning_rate = 0.02
        model.fit(np.tile(binary, (60, 1, 1, 1)), batch_size=11, verbose=0)
        kl.append(model.elbo_terms(binary, seed=1).kl.mean())
    assert kl[0] > 1.3 * kl[1] > 1.3**2 * kl[2]
