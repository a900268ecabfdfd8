import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from vaezoo.networks import fully_connected_decoder, fully_connected_encoder


def dense(*sizes):
    """Parameters of a chain of dense layers."""
    return sum((n + 1) * m for n, m in itertools.pairwise(sizes))


@pytest.mark.parametrize("hidden_units", [(), (7,), (7, 5), [5, 5, 5]])
@pytest.mark.parametrize("image_shape", [(1, 1, 1), (5, 3, 2), (28, 28, 1)])
def test_encoder_shapes_and_parameter_counts(image_shape, hidden_units):
    network = fully_connected_encoder(image_shape, 6, hidden_units)
    assert network.input_shape == (None, *image_shape)
    assert network.output_shape == (None, 6)
    assert network.count_params() == dense(np.prod(image_shape), *hidden_units, 6)
    assert network(tf.zeros((4, *image_shape))).shape == (4, 6)


@pytest.mark.parametrize("hidden_units", [(), (7,), (7, 5), [5, 5, 5]])
def test_decoder_shapes_and_parameter_counts(hidden_units):
    network = fully_connected_decoder(3, 30, hidden_units)
    assert network.input_shape == (None, 3)
    assert network.output_shape == (None, 30)
    assert network.count_params() == dense(3, *hidden_units, 30)
    assert network(tf.zeros((4, 3))).shape == (4, 30)


def test_residual_layers_add_and_normalize_where_widths_agree():
    network = fully_connected_decoder(5, 6, (5, 5, 4), residual=True)
    names = [layer.name for layer in network.layers]
    # The latent vector is as wide as the first layer, so that one is a block too.
    assert [name for name in names if name.startswith("add")] == ["add_0", "add_1"]
    assert network.count_params() == dense(5, 5, 5, 4, 6) + 2 * (5 + 5 + 4)
    plain = fully_connected_decoder(5, 6, (5, 5, 4))
    assert plain.count_params() == dense(5, 5, 5, 4, 6)


def test_a_residual_network_is_its_formula():
    network = fully_connected_decoder(4, 3, (4, 5), "tanh", residual=True)
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=w.shape) for w in network.weights]
    network.set_weights(weights)
    w0, b0, gain0, shift0, w1, b1, gain1, shift1, w2, b2 = weights

    def normalize(x, gain, shift):
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt(x.var(-1, keepdims=True) + 1e-3) * gain + shift

    z = rng.normal(size=(6, 4))
    hidden = normalize(z + np.tanh(z @ w0 + b0), gain0, shift0)
    hidden = normalize(np.tanh(hidden @ w1 + b1), gain1, shift1)
    np.testing.assert_allclose(network(z), hidden @ w2 + b2, rtol=1e-4, atol=1e-4)


def test_the_encoder_flattens_rows_first():
    network = fully_connected_encoder((2, 3, 1), 4, ())
    image = np.random.default_rng(0).random((5, 2, 3, 1), "float32")
    kernel, bias = network.get_weights()
    expected = image.reshape(5, 6) @ kernel + bias
    np.testing.assert_allclose(network(image), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("residual", [False, True])
def test_every_weight_gets_a_gradient_and_layers_have_names(residual):
    networks = [
        (
            fully_connected_encoder((3, 2, 1), 4, (6, 6, 5), residual=residual),
            (3, 2, 1),
        ),
        (fully_connected_decoder(6, 4, (6, 5), residual=residual), (6,)),
    ]
    for network, shape in networks:
        inputs = np.random.default_rng(1).normal(size=(8, *shape))
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(network(inputs) ** 3)
        gradients = tape.gradient(loss, network.trainable_weights)
        for weight, gradient in zip(network.trainable_weights, gradients, strict=True):
            assert np.abs(gradient).max() > 0.0, weight.path
        names = [layer.name for layer in network.layers]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("residual", [False, True])
def test_networks_are_rebuilt_from_their_configuration(residual):
    network = fully_connected_encoder((3, 2, 1), 4, (6, 6), "relu", residual)
    serialized = keras.saving.serialize_keras_object(network)
    again = keras.saving.deserialize_keras_object(serialized, safe_mode=True)
    again.set_weights(network.get_weights())
    images = np.random.default_rng(2).random((3, 3, 2, 1), "float32")
    np.testing.assert_array_equal(again(images), network(images))


@pytest.mark.parametrize(
    ("argument", "bad"),
    [
        ("image_shape", (28, 28)),
        ("image_shape", (28, 0, 1)),
        ("image_shape", (None, None, 1)),
        ("image_shape", 28),
        ("output_size", 0),
        ("output_size", None),
        ("output_size", 2.0),
        ("hidden_units", (0,)),
        ("hidden_units", (8, -1)),
        ("hidden_units", 8),
        ("hidden_units", (True,)),
        ("hidden_units", None),
        ("hidden_units", "8"),
    ],
)
def test_bad_arguments_of_the_encoder(argument, bad):
    arguments = {"image_shape": (4, 4, 1), "output_size": 2, "hidden_units": (3,)}
    with pytest.raises(ValueError, match=f"Expected `{argument}` to be") as caught:
        fully_connected_encoder(**{**arguments, argument: bad})
    assert str(caught.value).endswith(f"Received: {argument}={bad!r}")


@pytest.mark.parametrize(
    ("argument", "bad"),
    [("latent_dim", 0), ("latent_dim", (2,)), ("output_size", -1), ("hidden_units", 3)],
)
def test_bad_arguments_of_the_decoder(argument, bad):
    arguments = {"latent_dim": 2, "output_size": 2, "hidden_units": (3,)}
    with pytest.raises(ValueError, match=f"Expected `{argument}` to be") as caught:
        fully_connected_decoder(**{**arguments, argument: bad})
    assert str(caught.value).endswith(f"Received: {argument}={bad!r}")


def test_an_unknown_activation_is_named():
    with pytest.raises(ValueError, match="no_such_function"):
        fully_connected_encoder((4, 4, 1), 2, (3,), activation="no_such_function")


def test_sizes_may_come_from_numpy_and_tensorflow():
    network = fully_connected_encoder(
        tf.TensorShape([4, 4, 1]), np.int64(2), np.array([3, 5])
    )
    network.to_json()
    assert network.count_params() == dense(16, 3, 5, 2)
