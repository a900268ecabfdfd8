import numpy as np
import tensorflow as tf

from vaezoo.objectives import ELBO


def test_the_loss_is_the_negative_bound_in_nats():
    reconstruction, kl = tf.constant([-80.0, -100.5]), tf.constant([20.0, 0.0])
    np.testing.assert_array_equal(ELBO().loss(reconstruction, kl), [100.0, 100.5])


def test_its_arguments_are_the_options_of_every_objective():
    assert ELBO().get_config() == {"warm_up_steps": 0, "free_bits": 0.0}
    assert isinstance(ELBO.from_config({}), ELBO)
