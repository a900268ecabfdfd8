"""TensorFlow's own matrix products at the shapes of one training step of "fc".

Forward: one product a layer. Backward: two, but one for the first layer. Nothing else
is done, so that images a second here are what the products alone allow.
"""

from typing import Any

import tensorflow as tf

from benchmarks.worker import Prepared, repeat, serve
from benchmarks.workers.tensorflow_device import tensorflow_device

# The encoder ends in a mean and a scale for each of the 50 latent dimensions.
ENCODER = ((784, 500), (500, 500), (500, 100))
DECODER = ((50, 500), (500, 500), (500, 784))
STEPS = 20


def prepare(settings: dict[str, Any]) -> Prepared:
    """The segment "fit"."""
    batch = settings["batch_size"]
    weights = [tf.random.normal(shape, stddev=0.04) for shape in ENCODER + DECODER]
    images = tf.random.uniform((batch, 784))
    run = tf.function(_steps, jit_compile=settings["variant"] == "xla")

    def segment() -> dict[str, int]:
        calls = repeat(lambda: run(images, weights)[0].numpy(), settings["seconds"])
        return {"count": calls * STEPS * batch}

    return Prepared({"fit": segment}, tensorflow_device(), ("tensorflow",))


def _steps(images: tf.Tensor, weights: list[tf.Tensor]) -> list[tf.Tensor]:
    # The gradients are carried on as the weights of the next step: none can be left
    # out, and no step can be merged with another. (That they overflow costs no time.)
    for _ in tf.range(STEPS):
        weights = _products(images, weights)
    return weights


def _products(images: tf.Tensor, weights: list[tf.Tensor]) -> list[tf.Tensor]:
    inputs = [images]
    for index, matrix in enumerate(weights):
        outputs = inputs[-1] @ matrix
        last_of_encoder = index == len(ENCODER) - 1
        inputs.append(outputs[:, : DECODER[0][0]] if last_of_encoder else outputs)
    gradient, gradients = inputs.pop(), []
    for index in reversed(range(len(weights))):
        gradients.append(tf.matmul(inputs[index], gradient, transpose_a=True))
        if index:
            gradient = tf.matmul(gradient, weights[index], transpose_b=True)
        if index == len(ENCODER):
            gradient = tf.concat([gradient, gradient], axis=1)
    return gradients[::-1]


if __name__ == "__main__":
    serve(prepare)
