import keras
import numpy as np
import pytest
import tensorflow as tf

from vaezoo.objectives import Capacity

RECONSTRUCTION = tf.constant([-80.0, -100.5, -90.0])
KL = tf.constant([20.0, 0.0, 12.0])


@pytest.mark.parametrize(
    ("step", "capacity"), [(0, 0.0), (25, 3.0), (50, 6.0), (100, 12.0), (999, 12.0)]
)
@pytest.mark.parametrize("as_tensor", [False, True])
def test_the_capacity_rises_linearly_and_stays(step, capacity, as_tensor):
    objective = Capacity(gamma=10.0, capacity=12.0, steps=100)
    step = tf.constant(step, tf.int64) if as_tensor else step
    assert float(objective.capacity_at(step)) == pytest.approx(capacity)
    expected = 10.0 * np.abs(KL - capacity) - RECONSTRUCTION
    np.testing.assert_allclose(objective.loss_at(RECONSTRUCTION, KL, step), expected)


def test_without_a_step_it_is_the_last_capacity():
    objective = Capacity(gamma=2.0, capacity=5.0, steps=100)
    expected = 2.0 * np.abs(KL - 5.0) - RECONSTRUCTION
    np.testing.assert_allclose(objective.loss(RECONSTRUCTION, KL), expected)
    np.testing.assert_allclose(objective.loss_at(RECONSTRUCTION, KL, None), expected)


def test_no_steps_is_the_last_capacity_at_once():
    assert float(Capacity(2.0, 5.0, steps=0).capacity_at(tf.constant(0))) == 5.0


def test_the_warm_up_is_that_of_the_price():
    objective = Capacity(8.0, 5.0, steps=0, warm_up_steps=4)
    expected = 0.25 * 8.0 * np.abs(KL - 5.0) - RECONSTRUCTION
    np.testing.assert_allclose(objective.loss_at(RECONSTRUCTION, KL, 1), expected)


@pytest.mark.parametrize("capacity", [1.0, 4.0])
def test_a_short_training_reaches_the_capacity(make_model, capacity):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 2, (256, 4, 3, 1)).astype("float32")
    objective = Capacity(gamma=30.0, capacity=capacity, steps=240)
    model = make_model(objective, (4, 3, 1), latent_dim=4, hidden_units=(32,))
    # Steps of a fixed length hover around C, where the loss has a kink.
    schedule = keras.optimizers.schedules.PolynomialDecay(1e-2, 24 * 16, 1e-4)
    model.compile(keras.optimizers.Adam(schedule), jit_compile=False)
    history = model.fit(images, epochs=24, batch_size=16, verbose=0).history
    # Half of the way: C, and with it the KL divergence, is still on the rise.
    assert history["kl"][7] == pytest.approx(capacity / 2.0, rel=0.1)
    kl = model.elbo_terms(images, seed=1).kl
    assert kl.mean() == pytest.approx(capacity, rel=0.03)
    # Each example is held there, and not just their mean.
    assert kl.std() < 0.1 * capacity
