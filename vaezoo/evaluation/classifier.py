"""A trained classifier: the features and the classes of images."""

import functools
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo.evaluation.classifier_card import ClassifierCard
from vaezoo.evaluation.classifier_network import FEATURES
from vaezoo.evaluation.measurement import Measurement
from vaezoo.images import check_images
from vaezoo.models.rows import map_rows

_BATCH = 256


class Classifier:
    """Reads the class of an image, and gives the features that it reads it from.

    Args:
        network: From images in [0, 1] to logits, with a layer named "features", as
            `classifier_network` makes it.
        card: What it is and how good it is; None for a network of your own.

    Example:
        >>> classifier = vaezoo.evaluation.load_classifier("mnist")
        >>> classifier.features(images).shape
        (20, 128)
    """

    def __init__(
        self, network: keras.Model, card: ClassifierCard | None = None
    ) -> None:
        self.network = network
        self.card = card
        features = network.get_layer(FEATURES).output
        both = keras.Model(network.input, (features, network.output))
        # A partial object: TensorFlow tells functions apart by their code, and would
        # take two classifiers for needless traces of one.
        self._read = tf.function(
            functools.partial(_read, both), reduce_retracing=True, autograph=False
        )

    @property
    def name(self) -> str:
        """Its name."""
        return self.card.name if self.card else self.network.name

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)` of the images it reads."""
        return self.network.input_shape[1:]

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return self.network.output_shape[-1]

    def features(self, images: Any) -> np.ndarray:
        """The features of images.

        Args:
            images: uint8 or floats in [0, 1], `(n, height, width, channels)`.

        Returns:
            float32 `(n, feature_dim)`.

        Raises:
            ValueError: If the images do not fit.
        """
        return self._features_and_logits(images)[0]

    def logits(self, images: Any) -> np.ndarray:
        """The unnormalized log-probability of each class.

        Args:
            images: As for `features`.

        Returns:
            float32 `(n, num_classes)`.

        Raises:
            ValueError: If the images do not fit.
        """
        return self._features_and_logits(images)[1]

    def predict(self, images: Any) -> np.ndarray:
        """The most probable class of each image.

        Args:
            images: As for `features`.

        Returns:
            int64 `(n,)`.

        Raises:
            ValueError: If the images do not fit.
        """
        return self.logits(images).argmax(axis=-1)

    def accuracy(
        self, images: Any, labels: Sequence[int], name: str = "accuracy"
    ) -> Measurement:
        """The share of images that are read as they are labelled.

        Args:
            images: As for `features`.
            labels: Integers, `(n,)`.
            name: Name of the measurement.

        Returns:
            The accuracy with its binomial standard error.

        Raises:
            ValueError: If images or labels do not fit.
        """
        images = check_images(images, self.image_shape)
        labels = np.asarray(labels)
        if labels.shape != (len(images),):
            raise ValueError(
                f"Expected a label for each of the {len(images)} images. "
                f"Received: shape {labels.shape}"
            )
        share = float((self.predict(images) == labels).mean())
        error = float(np.sqrt(share * (1.0 - share) / len(images)))
        protocol = f"share read as labelled by the classifier {self.name!r}"
        return Measurement(name, share, "share", protocol, len(images), error)

    def _features_and_logits(self, images: Any) -> tuple[np.ndarray, np.ndarray]:
        images = check_images(images, self.image_shape)
        features, logits = map_rows(self._read, _BATCH, images)
        return features.numpy(), logits.numpy()


def _read(network: keras.Model, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return network(_prepare(images), training=False)


def _prepare(images: tf.Tensor) -> tf.Tensor:
    if images.dtype == tf.uint8:
        return tf.cast(images, tf.float32) * tf.constant(1.0 / 255.0)
    return images
