"""What the two networks make of images, codes and conditions, inside a graph."""

import math
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.models.conditions import PartialImage
from vaezoo.models.known_pixels import fill_in, missing_log_prob
from vaezoo.random import Stream

tfd = tfp.distributions


class NetworkGraphs:
    """From images to the encoder's outputs, from codes to p(x|z) and to images."""

    @property
    def conditional(self) -> bool:
        """Whether the model takes a condition `y`."""
        return self.condition is not None

    def features(self, y: Any) -> tf.Tensor:
        """What the networks get of a condition; a tensor is taken as it is.

        Args:
            y: The condition, `(batch, ...)`.

        Returns:
            float32 `(batch, *condition.feature_shape)`.

        Raises:
            ValueError: If there is no condition, or it is not a valid one.
        """
        if y is None or not tf.is_tensor(y):
            y = tf.constant(self.condition.check(y))
        return self.condition.features(y)

    def encoder_outputs(
        self, images: tf.Tensor, y: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """What the encoder makes of prepared images.

        Args:
            images: float32 `(batch, height, width, channels)`.
            y: The condition, in conditional models.
            training: Passed on to the encoder.

        Returns:
            `(batch, outputs)`.
        """
        return self.encoder(self._with_features(images, y), training=training)

    def codes(
        self, images: tf.Tensor, y: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """The latent vectors that a reconstruction is made of, `(batch, latent_dim)`.

        Args:
            images: float32 `(batch, height, width, channels)`.
            y: The condition, in conditional models.
            training: Passed on to the encoder.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `codes`.")

    def generate(
        self, z: tf.Tensor, y: tf.Tensor | None = None, training: bool = False
    ) -> tfd.Distribution:
        """p(x|z), inside a graph; `decode` is the public verb.

        Args:
            z: `(batch, latent_dim)`.
            y: The condition, in conditional models.
            training: Passed on to the decoder.

        Returns:
            A distribution of batch shape `(batch,)`.
        """
        return self.likelihood(self.decoder_outputs(z, y, training))

    def decoder_outputs(
        self, z: tf.Tensor, y: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """The likelihood's parameters.

        Args:
            z: `(batch, latent_dim)`.
            y: The condition, in conditional models.
            training: Passed on to the decoder.

        Returns:
            `(batch, params_size)`.
        """
        params = self.decoder(self._with_features(z, y), training=training)
        if params.shape.rank == 2:
            return params
        return tf.reshape(params, [tf.shape(params)[0], math.prod(params.shape[1:])])

    def log_likelihood(
        self,
        likelihood: tfd.Distribution,
        images: tf.Tensor,
        y: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """The log of p(x|z) in a graph; of the missing pixels if y knows the others.

        Args:
            likelihood: What `generate` returned.
            images: What the likelihood scores, `(batch, height, width, channels)`.
            y: The condition, in conditional models.

        Returns:
            `(batch,)`, nats.
        """
        if not self.completes:
            return self.likelihood.log_prob(likelihood, images)
        _, known = self.condition.known_pixels(y)
        return missing_log_prob(likelihood, images, known)

    def mean_images(
        self, z: tf.Tensor, y: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """The likelihood's mean, with the pixels that y knows as they are.

        Args:
            z: `(batch, latent_dim)`.
            y: The condition, in conditional models.
            training: Passed on to the decoder.

        Returns:
            `(batch, height, width, channels)`, in [0, 1].
        """
        images = self.generate(z, y, training).mean()
        if not self.completes:
            return images
        return fill_in(images, *self.condition.known_pixels(y))

    def prepare(self, images: tf.Tensor) -> tf.Tensor:
        """uint8 or float images to float32 in [0, 1], inside a graph."""
        images = tf.convert_to_tensor(images)
        if images.dtype == tf.uint8:
            # A multiplication: a division gives other bits under XLA.
            return tf.cast(images, tf.float32) * tf.constant(1.0 / 255.0)
        return tf.cast(images, tf.float32)

    def prepare_target(self, images: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
        """What the likelihood scores: binarized where it is a binary likelihood.

        Args:
            images: uint8 or float images, `(batch, height, width, channels)`.
            seeds: int64 `(batch,)`, one seed a row.

        Returns:
            float32 `(batch, height, width, channels)`.
        """
        images = tf.ensure_shape(self.prepare(images), [None, *self.image_shape])
        if not self.likelihood.binary:
            return images
        return random.bernoulli(seeds, images, Stream.BINARIZE)

    def call(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """The reconstruction: the likelihood's mean for the code of an image.

        Args:
            inputs: uint8 or float images, `(batch, height, width, channels)`; in
                conditional models `(images, y)`.
            training: Passed on to the networks.

        Returns:
            float32 `(batch, height, width, channels)`, in [0, 1].

        Raises:
            ValueError: If a condition is missing, or is one too many.
        """
        images, y = inputs if isinstance(inputs, (tuple, list)) else (inputs, None)
        z = self.codes(self.prepare(images), y, training=training)
        return self.mean_images(z, y, training)

    @property
    def completes(self) -> bool:
        """Whether the condition is a part of the image, which the model completes."""
        condition = self.condition
        partial = isinstance(condition, PartialImage)
        return partial and condition.image_shape == self.image_shape

    def _with_features(self, inputs: tf.Tensor, y: tf.Tensor | None) -> Any:
        """What a network takes: the inputs, with the condition's features if any."""
        if self.condition is None:
            self._check_condition(y, None)
            return inputs
        return [inputs, self.features(y)]
