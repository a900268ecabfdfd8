import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.serving.distribution_parameters import distribution_parameters

tfd = tfp.distributions


def test_bernoulli_pixels_have_logits_alone():
    logits = np.random.default_rng(0).normal(size=(2, 3, 4, 1)).astype("float32")
    found = distribution_parameters(tfd.Independent(tfd.Bernoulli(logits=logits), 3))
    assert list(found) == ["logits"]
    np.testing.assert_array_equal(found["logits"], logits)


def test_a_shared_scale_is_given_to_every_row():
    pixels = tfd.Normal(loc=tf.zeros([5, 3, 4, 1]), scale=tf.constant(0.5))
    found = distribution_parameters(tfd.Independent(pixels, 3))
    assert set(found) == {"loc", "scale"}
    np.testing.assert_array_equal(found["scale"], np.full((5, 3, 4, 1), 0.5))


def test_vector_parameters_keep_their_axis():
    gaussian = tfd.MultivariateNormalDiag(loc=tf.zeros([5, 3]), scale_diag=tf.ones([3]))
    found = distribution_parameters(gaussian)
    assert {name: tuple(v.shape) for name, v in found.items()} == {
        "loc": (5, 3),
        "scale_diag": (5, 3),
    }


def test_mixtures_name_their_parts():
    mixture = tfd.MixtureSameFamily(
        tfd.Categorical(logits=tf.zeros([2, 4, 6])),
        tfd.Logistic(
            loc=tf.zeros([2, 4, 6], tf.float64), scale=tf.ones([], tf.float64)
        ),
    )
    found = distribution_parameters(tfd.Independent(mixture, 1))
    assert set(found) == {
        "mixture_distribution_logits",
        "components_distribution_loc",
        "components_distribution_scale",
    }
    assert all(value.shape == (2, 4, 6) for value in found.values())
    assert found["components_distribution_loc"].dtype == tf.float32


def test_batches_of_unknown_size():
    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None, 3])])
    def parameters(loc):
        pixels = tfd.Normal(loc=loc, scale=tf.constant([0.5]))
        return distribution_parameters(tfd.Independent(pixels, 1))

    shapes = parameters.get_concrete_function().output_shapes
    assert shapes["scale"].as_list() == [None, 3]
    assert parameters(tf.zeros([4, 3]))["scale"].shape == (4, 3)
