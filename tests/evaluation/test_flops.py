import keras
import pytest
import tensorflow as tf
from keras import layers

import vaezoo
from vaezoo.evaluation import count_flops
from vaezoo.evaluation.cost import decode_flops, encode_flops, size


def flops(layer, *shape):
    layer.build((None, *shape))
    return count_flops(layer, tf.TensorSpec((1, *shape)))


def test_dense_layers_by_hand():
    assert flops(layers.Dense(7), 5) == 2 * 5 * 7
    assert flops(layers.Dense(7), 3, 5) == 2 * 3 * 5 * 7
    network = keras.Sequential([layers.Dense(7, "gelu"), layers.Dense(4)])
    assert flops(network, 5) == 2 * (5 * 7 + 7 * 4)


@pytest.mark.parametrize(
    ("layer", "by_hand"),
    [
        # 8 x 6 x 3 images: outputs x channels of the input x the kernel's window.
        (layers.Conv2D(4, 3, padding="same"), 8 * 6 * 4 * 3 * 9),
        (layers.Conv2D(4, 3, strides=2, padding="same"), 4 * 3 * 4 * 3 * 9),
        (layers.Conv2D(4, (5, 2)), 4 * 5 * 4 * 3 * 10),
        (layers.DepthwiseConv2D(3, padding="same"), 8 * 6 * 3 * 9),
        # Of a transposed one: inputs x channels of the output x the window.
        (layers.Conv2DTranspose(4, 3, strides=2, padding="same"), 8 * 6 * 3 * 4 * 9),
        (layers.Conv2D(6, 3, groups=3, padding="same"), 8 * 6 * 6 * 1 * 9),
    ],
)
def test_convolutions_by_hand(layer, by_hand):
    assert flops(layer, 8, 6, 3) == 2 * by_hand


def test_products_that_are_no_layers():
    a, b = tf.TensorSpec((2, 3, 4)), tf.TensorSpec((2, 4, 5))
    assert count_flops(tf.matmul, a, b) == 2 * 2 * 3 * 4 * 5
    swapped = tf.TensorSpec((2, 4, 3))
    transposed = lambda x, y: tf.matmul(x, y, transpose_a=True)  # noqa: E731
    assert count_flops(transposed, swapped, b) == 2 * 2 * 3 * 4 * 5
    first, second = tf.TensorSpec((4, 3)), tf.TensorSpec((4, 5))
    assert count_flops(transposed, first, second) == 2 * 3 * 4 * 5
    einsum = lambda x, y: tf.einsum("bij,bjk->ik", x, y)  # noqa: E731
    assert count_flops(einsum, a, b) == 2 * 2 * 3 * 4 * 5


def test_calls_of_other_graphs_are_counted():
    inner = tf.function(lambda x: x @ x)
    twice = lambda x: inner(inner(x))  # noqa: E731
    assert count_flops(twice, tf.TensorSpec((3, 3))) == 2 * 2 * 27


def test_ten_images_are_ten_times_one():
    layer = layers.Conv2D(4, 3)
    layer.build((None, 8, 8, 1))
    one, ten = (count_flops(layer, tf.TensorSpec((n, 8, 8, 1))) for n in (1, 10))
    assert ten == 10 * one > 0


def test_what_cannot_be_counted_is_refused():
    def loop(x):
        return tf.while_loop(lambda y: tf.norm(y) < 9.0, lambda y: (y @ y,), (x,))

    with pytest.raises(ValueError, match=r"without loops.*Received: .*While"):
        count_flops(loop, tf.TensorSpec((2, 2)))
    with pytest.raises(ValueError, match="known shapes"):
        count_flops(lambda x: x @ x, tf.TensorSpec((None, 2)))


def test_the_cost_of_a_dense_vae():
    model = vaezoo.FullyConnectedVAE((4, 5, 1), 3, hidden_units=(7,))
    assert encode_flops(model).value == 2 * (20 * 7 + 7 * 6)
    assert decode_flops(model).value == 2 * (3 * 7 + 7 * 20)
    parameters, weight_bytes = size(model)
    assert parameters.value == model.count_params()
    assert weight_bytes.value == 4 * model.count_params()


def test_the_condition_is_a_part_of_the_cost():
    options = {"hidden_units": (7,), "likelihood": "categorical"}
    model = vaezoo.FullyConnectedVAE(
        (4, 5, 1), 3, condition=vaezoo.Labels(6), **options
    )
    # Labels enter the first layer of both networks.
    plain = vaezoo.FullyConnectedVAE((4, 5, 1), 3, **options)
    for count in (encode_flops, decode_flops):
        assert count(model).value > count(plain).value
    assert decode_flops(plain).value == 2 * (3 * 7 + 7 * 20 * 256)


def test_a_convolutional_vae_agrees_with_its_layers():
    model = vaezoo.ConvolutionalVAE((8, 8, 1), 3, filters=(4,), dense_units=6)
    by_hand = 0
    for layer in model.encoder.layers:
        if isinstance(layer, layers.Conv2D):
            outputs = layer.output.shape[1:3]
            by_hand += outputs[0] * outputs[1] * layer.kernel.numpy().size
        elif isinstance(layer, layers.Dense):
            by_hand += layer.kernel.numpy().size
    assert encode_flops(model).value == 2 * by_hand > 0
