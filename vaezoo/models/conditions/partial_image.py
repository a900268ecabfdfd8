"""An image with missing parts as a condition."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo.images import check_images
from vaezoo.models.conditions.condition import Condition
from vaezoo.networks.arguments import check_image_shape


@keras.saving.register_keras_serializable(package="vaezoo")
class PartialImage(Condition):
    """An image of which a part is known; what is missing is NaN.

    A pixel is missing where one of its channels is NaN. The networks get the known
    pixels, with zeros for the missing ones, and one more channel that is 1 where a
    pixel is known. `known_quadrants` and `hide` make such images of whole ones. (An
    image of uint8 has no NaN: all of it is known.)

    If the model's images are of the same shape, what is known of y is known of x: the
    likelihood, and with it loss, ELBO and log p(x|y), is of the missing pixels alone,
    and reconstructions and samples have the known pixels as they are. With another
    number of channels, of grey images to be coloured say, y is a hint and no more.

    Args:
        image_shape: `(height, width, channels)` of the partial image, whose height and
            width are those of the model's images.

    Raises:
        ValueError: If `image_shape` is not three positive integers.

    Example:
        >>> condition = PartialImage((28, 28, 1))
        >>> y = condition.known_quadrants(np.zeros((5, 28, 28, 1)), number=1)
        >>> float(np.isnan(y).mean())
        0.75
    """

    def __init__(self, image_shape: Sequence[int]) -> None:
        self.image_shape = check_image_shape(image_shape)

    @property
    def value_shape(self) -> tuple[int, ...]:
        """`(height, width, channels)`."""
        return self.image_shape

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """`(height, width, channels + 1)`."""
        return (*self.image_shape[:2], self.image_shape[2] + 1)

    def features(self, y: tf.Tensor) -> tf.Tensor:
        """The known pixels and the channel that tells them, inside a graph.

        Args:
            y: `(batch, height, width, channels)`, NaN where a pixel is missing.

        Returns:
            float32 `(batch, height, width, channels + 1)`.
        """
        if y.dtype == tf.uint8:
            # A multiplication: a division gives other bits under XLA.
            y = tf.cast(y, tf.float32) * tf.constant(1.0 / 255.0)
        y = tf.ensure_shape(tf.cast(y, tf.float32), [None, *self.image_shape])
        known = tf.reduce_all(~tf.math.is_nan(y), axis=-1, keepdims=True)
        return tf.concat([tf.where(known, y, 0.0), tf.cast(known, tf.float32)], axis=-1)

    def known_pixels(self, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The known pixels, zeros elsewhere, and where they are, inside a graph.

        Args:
            y: As for `features`.

        Returns:
            float32 `(batch, height, width, channels)` and booleans
            `(batch, height, width)`.
        """
        features = self.features(y)
        return features[..., :-1], features[..., -1] > 0.5

    def example(self, n: int, seed: int = 0) -> np.ndarray:
        """Random pixels, about half of them missing, float32."""
        rng = np.random.default_rng(seed)
        images = rng.random((n, *self.image_shape), dtype="float32")
        return self.hide(images, rng.random((n, *self.image_shape[:2])) < 0.5)

    def known_quadrants(self, images: Any, number: int) -> np.ndarray:
        """Images of which one, two or three quadrants are known.

        In the order of the usual benchmark (Sohn et al. 2015, section 5.1): the lower
        left quadrant, then the upper left, then the upper right.

        Args:
            images: uint8 or floats in [0, 1], `(n, height, width, channels)`.
            number: How many quadrants are known, 1 to 3.

        Returns:
            float32 `(n, height, width, channels)`, NaN where a pixel is missing.

        Raises:
            ValueError: If `number` is not 1, 2 or 3, or the images do not fit.
        """
        if number not in (1, 2, 3) or isinstance(number, bool):
            raise ValueError(
                f"Expected `number` to be 1, 2 or 3. Received: number={number!r}"
            )
        height, width, _ = self.image_shape
        left = np.arange(width) < width // 2
        upper = (np.arange(height) < height // 2)[:, None]
        parts = (left & ~upper, left & upper, ~left & upper)
        known = np.logical_or.reduce(parts[:number])
        return self.hide(images, ~known)

    def hide(self, images: Any, missing: Any) -> np.ndarray:
        """Images with the pixels of a mask missing.

        Args:
            images: uint8 or floats in [0, 1], `(n, height, width, channels)`.
            missing: Booleans, `(height, width)` or `(n, height, width)`.

        Returns:
            float32 `(n, height, width, channels)`, NaN where a pixel is missing.

        Raises:
            ValueError: If the images or the mask are not as described.
        """
        images = check_images(images, self.image_shape)
        if images.dtype == np.uint8:
            images = images.astype("float32") / np.float32(255.0)
        missing = np.asarray(missing)
        shapes = (images.shape[1:3], images.shape[:3])
        if missing.dtype != np.bool_ or missing.shape not in shapes:
            raise ValueError(
                f"Expected `missing` to be booleans of shape {shapes[0]} or "
                f"{shapes[1]}. Received: shape {missing.shape}, dtype {missing.dtype}"
            )
        return np.where(missing[..., None], np.float32(np.nan), images)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"image_shape": list(self.image_shape)}

    def _standardize(self, array: np.ndarray) -> np.ndarray:
        if array.shape[-3:] != self.image_shape or array.ndim not in (3, 4):
            raise self._refusal(f"shape {array.shape}, dtype {array.dtype}")
        if not array.size:
            return array.astype("float32")
        single = array.ndim == 3
        batch = array[None] if single else array
        missing = np.isnan(batch) if batch.dtype.kind == "f" else np.False_
        images = check_images(np.where(missing, 0, batch).astype(batch.dtype))
        if images.dtype == np.uint8:
            images = images.astype("float32") / np.float32(255.0)
        images = np.where(missing, np.float32(np.nan), images)
        return images[0] if single else images

    def _expected(self) -> str:
        sizes = ", ".join(map(str, self.image_shape))
        return f"images of shape (n, {sizes}) with NaN for missing pixels"
