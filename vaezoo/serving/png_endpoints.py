"""The endpoints that take or return image files."""

import functools
from collections.abc import Callable

import tensorflow as tf

from vaezoo.models import VAE, Autoencoder
from vaezoo.serving.image_files import decode_images, encode_png

Outputs = dict[str, tf.Tensor]


class PngEndpoints:
    """Endpoints with files in place of images, made of those without.

    `image_bytes` are strings `(batch,)`; the REST interface of TensorFlow Serving takes
    and sends tensors of such a name in base64. What comes in are PNG or JPEG files of
    any size, see `decode_images`; what goes out are PNG files of the model's size, and
    an empty string in a row whose condition is not valid.

    A row that is no such file is an error of the whole batch, which names the row and
    the expected size: with batching across clients, requests of the same signature that
    came along with it fail too, and no other ones.
    """

    model: VAE | Autoencoder
    function: Callable[[str], Callable[..., Outputs]]

    def reconstruct_png(
        self, image_bytes: tf.Tensor, y: tf.Tensor | None = None
    ) -> Outputs:
        """The reconstructions of files, as files.

        Args:
            image_bytes: `(batch,)`.
            y: The condition, in conditional models.

        Returns:
            `image_bytes`, `(batch,)`.
        """
        images = self._images(image_bytes)
        images = self.function("reconstruct")(images, *_given(y))["reconstruction"]
        return {"image_bytes": self._files(images)}

    def encode_png(self, image_bytes: tf.Tensor, y: tf.Tensor | None = None) -> Outputs:
        """What `encode` returns, of files.

        Args:
            image_bytes: `(batch,)`.
            y: The condition, in conditional models.

        Returns:
            As `encode`.
        """
        images = self._images(image_bytes)
        return self.function("encode")(images, *_given(y))

    def decode_png(self, z: tf.Tensor, y: tf.Tensor | None = None) -> Outputs:
        """The mean images of latent vectors, as files.

        Args:
            z: `(batch, latent_dim)`.
            y: The condition, in conditional models.

        Returns:
            `image_bytes`, `(batch,)`.
        """
        images = self.function("decode")(z, *_given(y))["mean"]
        return {"image_bytes": self._files(images)}

    def sample_png(self, seed: tf.Tensor, y: tf.Tensor | None = None) -> Outputs:
        """The images of `sample`, as files.

        Args:
            seed: `(batch,)`.
            y: The condition, in conditional models.

        Returns:
            `image_bytes`, `(batch,)`.
        """
        images = self.function("sample")(seed, *_given(y))["image"]
        return {"image_bytes": self._files(images)}

    @functools.cached_property
    def _images(self) -> Callable[[tf.Tensor], tf.Tensor]:
        """Files to images, as one function of the graph for all endpoints."""
        return tf.function(
            lambda files: decode_images(files, self.model.image_shape),
            input_signature=[tf.TensorSpec([None], tf.string)],
            autograph=False,
        )

    @functools.cached_property
    def _files(self) -> Callable[[tf.Tensor], tf.Tensor]:
        """Images to files, as one function of the graph for all endpoints."""
        shape = [None, *self.model.image_shape]
        return tf.function(
            encode_png,
            input_signature=[tf.TensorSpec(shape, tf.float32)],
            autograph=False,
        )


def _given(y: tf.Tensor | None) -> tuple[tf.Tensor, ...]:
    return () if y is None else (y,)
