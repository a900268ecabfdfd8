"""The network of the classifiers whose features sample quality is measured in."""

from collections.abc import Sequence

import keras
from keras import layers

FEATURES = "features"
"""Name of the layer whose output are the features."""


def classifier_network(
    image_shape: Sequence[int],
    num_classes: int,
    filters: Sequence[int] = (16, 32, 64),
    feature_dim: int = 128,
    dropout: float = 0.3,
    name: str = "classifier",
) -> keras.Model:
    """A small convolutional classifier.

    A convolution at full size; then, for each further entry of `filters`, one of stride
    2 and one of stride 1, all with batch normalization; `feature_dim` channels,
    averaged over the image, are the features, and a dense layer reads the class.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: Number of classes.
        filters: Channels at each resolution.
        feature_dim: Number of features.
        dropout: Share of the features dropped in training.
        name: Name of the model.

    Returns:
        From images in [0, 1], `(batch, height, width, channels)`, to logits,
        `(batch, num_classes)`.
    """
    first, *others = filters
    images = keras.Input(tuple(image_shape), name="images")
    x = _convolution(images, first)
    for width in others:
        x = _convolution(x, width, strides=2)
        x = _convolution(x, width)
    x = _convolution(x, feature_dim, kernel_size=1)
    x = layers.GlobalAveragePooling2D(name=FEATURES)(x)
    x = layers.Dropout(dropout)(x)
    logits = layers.Dense(num_classes, name="logits")(x)
    return keras.Model(images, logits, name=name)


def _convolution(
    x: keras.KerasTensor, filters: int, kernel_size: int = 3, strides: int = 1
) -> keras.KerasTensor:
    x = layers.Conv2D(
        filters,
        kernel_size,
        strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    return layers.ReLU()(layers.BatchNormalization()(x))
