import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from vaezoo.networks import convolutional_decoder, convolutional_encoder

ENCODER = {
    "image_shape": (9, 6, 2),
    "output_size": 4,
    "filters": (3, 5),
    "dense_units": 7,
}
DECODER = {**ENCODER, "latent_dim": 3, "output_size": 9 * 6 * 2}


def convolution(inputs, outputs, size=4):
    return size * size * inputs * outputs + outputs


def residual_parameters(channels, blocks):
    """Two times normalization and a 3 x 3 convolution for each block."""
    return blocks * 2 * (2 * channels + convolution(channels, channels, 3))


def encoder_parameters(image_shape, output_size, filters, dense_units, blocks=0):
    height, width, channels = image_shape
    total = 0
    for level_channels in filters:
        height, width = math.ceil(height / 2), math.ceil(width / 2)
        total += convolution(channels, level_channels) + 2 * level_channels
        total += residual_parameters(level_channels, blocks)
        channels = level_channels
    total += (height * width * channels + 1) * dense_units + 2 * dense_units
    return total + (dense_units + 1) * output_size


def decoder_parameters(
    latent_dim, image_shape, output_size, filters, dense_units, blocks=0
):
    height, width, _ = image_shape
    factor = 2 ** len(filters)
    grid = math.ceil(height / factor) * math.ceil(width / factor) * filters[-1]
    total = (latent_dim + 1) * dense_units + 2 * dense_units
    total += (dense_units + 1) * grid
    outputs = [*filters[-2::-1], output_size // (height * width)]
    for channels, following in zip(filters[::-1], outputs, strict=True):
        total += residual_parameters(channels, blocks) + 2 * channels
        total += convolution(channels, following)
    return total


@pytest.mark.parametrize("filters", [(3,), [2, 3, 4, 5]])
@pytest.mark.parametrize("image_shape", [(1, 1, 1), (5, 8, 3), (28, 28, 1), (13, 2, 1)])
@pytest.mark.parametrize("blocks", [0, 2])
def test_shapes_and_parameter_counts_for_any_size(image_shape, filters, blocks):
    encoder = convolutional_encoder(image_shape, 6, filters, 4, blocks)
    assert encoder.input_shape == (None, *image_shape)
    assert encoder.output_shape == (None, 6)
    expected = encoder_parameters(image_shape, 6, filters, 4, blocks)
    assert encoder.count_params() == expected
    size = 2 * math.prod(image_shape)  # two parameters a pixel
    decoder = convolutional_decoder(3, image_shape, size, filters, 4, blocks)
    assert decoder.input_shape == (None, 3)
    assert decoder.output_shape == (None, size)
    expected = decoder_parameters(3, image_shape, size, filters, 4, blocks)
    assert decoder.count_params() == expected


def test_odd_sizes_run():
    images = np.random.default_rng(0).random((2, 9, 6, 2), "float32")
    assert convolutional_encoder(**ENCODER)(images).shape == (2, 4)
    assert convolutional_decoder(**DECODER)(tf.zeros((2, 3))).shape == (2, 108)


def test_levels_halve_the_image_rounding_up():
    network = convolutional_encoder((9, 6, 2), 4, (3, 5, 6), 7)
    shapes = [network.get_layer(f"down_{level}").output.shape for level in range(3)]
    assert shapes == [(None, 5, 3, 3), (None, 3, 2, 5), (None, 2, 1, 6)]


def test_the_decoder_crops_what_is_too_large_evenly():
    network = convolutional_decoder(3, (9, 6, 1), 54, (2, 2), 4)
    assert network.get_layer("up_0").output.shape == (None, 12, 8, 1)
    assert network.get_layer("crop").cropping == ((1, 2), (1, 1))
    even = convolutional_decoder(3, (8, 4, 1), 32, (2, 2), 4)
    assert "crop" not in [layer.name for layer in even.layers]


def test_the_output_keeps_the_order_of_the_pixels():
    network = convolutional_decoder(3, (8, 4, 2), 64, (2,), 4)
    z = np.random.default_rng(1).normal(size=(2, 3))
    images = keras.Model(network.input, network.get_layer("up_0").output)(z)
    np.testing.assert_array_equal(network(z), np.reshape(images, (2, 64)))


def test_a_pixel_of_the_image_reaches_its_own_place():
    # Translation by a whole grid cell moves the decoder's output along.
    network = convolutional_decoder(3, (16, 4, 1), 64, (2, 2), 4)
    grid = np.zeros((1, 4, 1, 2), "float32")
    grid[0, 1] = [[1.0, -1.0]]
    first = network.layers.index(network.get_layer("reshape")) + 1

    def decode(grid):
        hidden = grid
        for layer in network.layers[first:]:
            hidden = layer(hidden)
        return np.reshape(hidden, (16, 4))

    empty = decode(np.zeros_like(grid))
    moved = decode(np.roll(grid, 1, axis=1)) - empty
    there = decode(grid) - empty
    assert np.abs(there).max() > 0.0
    np.testing.assert_allclose(moved[4:15], there[:11], atol=1e-6)


@pytest.mark.parametrize("blocks", [0, 1])
def test_every_weight_gets_a_gradient_and_layers_have_names(blocks):
    networks = [
        (convolutional_encoder(**ENCODER, residual_blocks=blocks), (9, 6, 2)),
        (convolutional_decoder(**DECODER, residual_blocks=blocks), (3,)),
    ]
    for network, shape in networks:
        inputs = np.random.default_rng(2).normal(size=(8, *shape))
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((network(inputs) - 0.5) ** 2)
        gradients = tape.gradient(loss, network.trainable_weights)
        for weight, gradient in zip(network.trainable_weights, gradients, strict=True):
            assert np.abs(gradient).max() > 0.0, weight.path
        names = [layer.name for layer in network.layers]
        assert len(set(names)) == len(names)


def test_a_residual_block_begins_close_to_the_identity():
    network = convolutional_encoder(**ENCODER, residual_blocks=1)
    add = network.get_layer("residual_0_0_add")
    parts = keras.Model(network.input, [*add.input, add.output])
    images = np.random.default_rng(3).random((4, 9, 6, 2), "float32")
    before, change, after = parts(images)
    np.testing.assert_allclose(after, before + change, rtol=1e-6)
    assert 0.0 < np.std(change) < 0.3 * np.std(before)


@pytest.mark.parametrize("make", [convolutional_encoder, convolutional_decoder])
def test_networks_are_rebuilt_from_their_configuration(make):
    arguments = ENCODER if make is convolutional_encoder else DECODER
    network = make(**arguments, residual_blocks=1, activation="relu")
    serialized = keras.saving.serialize_keras_object(network)
    again = keras.saving.deserialize_keras_object(serialized, safe_mode=True)
    again.set_weights(network.get_weights())
    inputs = np.random.default_rng(4).random((3, *network.input_shape[1:]), "float32")
    np.testing.assert_array_equal(again(inputs), network(inputs))


@pytest.mark.parametrize(
    ("argument", "bad"),
    [
        ("image_shape", (28, 28)),
        ("image_shape", (0, 28, 1)),
        ("image_shape", None),
        ("output_size", 0),
        ("filters", ()),
        ("filters", (4, 0)),
        ("filters", 4),
        ("filters", (2.5,)),
        ("dense_units", 0),
        ("dense_units", (4,)),
        ("residual_blocks", -1),
        ("residual_blocks", 1.5),
        ("residual_blocks", None),
    ],
)
@pytest.mark.parametrize("make", [convolutional_encoder, convolutional_decoder])
def test_bad_arguments(make, argument, bad):
    arguments = ENCODER if make is convolutional_encoder else DECODER
    with pytest.raises(ValueError, match=f"Expected `{argument}` to be") as caught:
        make(**{**arguments, argument: bad})
    assert str(caught.value).endswith(f"Received: {argument}={bad!r}")


@pytest.mark.parametrize("bad", [0, -2, None, 2.0])
def test_bad_latent_dimensions(bad):
    with pytest.raises(ValueError, match="Expected `latent_dim` to be") as caught:
        convolutional_decoder(**{**DECODER, "latent_dim": bad})
    assert str(caught.value).endswith(f"Received: latent_dim={bad!r}")


def test_sizes_may_come_from_numpy():
    numbers = {"filters": np.array([3, 5]), "dense_units": np.int32(7)}
    blocks = {"residual_blocks": np.int64(1)}
    encoder = convolutional_encoder(**{**ENCODER, **numbers}, **blocks)
    assert encoder.count_params() == encoder_parameters(**ENCODER, blocks=1)
    numbers |= {"latent_dim": np.int64(3), "output_size": np.int64(108)}
    decoder = convolutional_decoder(**{**DECODER, **numbers}, **blocks)
    assert decoder.count_params() == decoder_parameters(**DECODER, blocks=1)


def test_outputs_must_be_a_multiple_of_the_pixels():
    with pytest.raises(ValueError, match="a multiple of 54 outputs") as caught:
        convolutional_decoder(**{**DECODER, "output_size": 100})
    assert str(caught.value).endswith("Received: output_size=100")
