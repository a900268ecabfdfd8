"""An exported model, as a worker of a pipeline runs it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo.beam.rows import Row


class ExportedEncoder:
    """The signatures `encode` and `encode_png` of a SavedModel.

    Args:
        folder: The version folder, with `saved_model.pb`.

    Raises:
        ValueError: If the model has no such signature.
    """

    def __init__(self, folder: str) -> None:
        self._model = tf.saved_model.load(folder)
        self._folder = folder

    def encode(self, rows: Sequence[Row]) -> Mapping[str, np.ndarray]:
        """The codes of images.

        Args:
            rows: One or more rows, all with files or all with pixels.

        Returns:
            Arrays by name, each `(rows, latent_dim)`: `z_mean` and `z_stddev` of a VAE,
            `z` of an autoencoder.
        """
        is_file = isinstance(rows[0].image, bytes)
        name = "encode_png" if is_file else "encode"
        if name not in self._model.signatures:
            raise ValueError(
                f"Expected a model with the signature {name!r}. Received: "
                f"{self._folder} with {sorted(self._model.signatures)}"
            )
        signature = self._model.signatures[name]
        specs = dict(signature.structured_input_signature[1])
        images = specs.pop("image_bytes" if is_file else "image")
        given = [row.image for row in rows]
        if not is_file:
            given = _pixels(given, images.shape[1:])
        inputs = {images.name: tf.constant(given)}
        for spec in specs.values():
            inputs[spec.name] = _conditions(rows, spec)
        return {key: value.numpy() for key, value in signature(**inputs).items()}


def _pixels(images: Sequence[np.ndarray], shape: tf.TensorShape) -> np.ndarray:
    """Float images in [0, 1], as the signature takes them."""
    pixels = np.stack([np.asarray(image) for image in images])
    if pixels.ndim == 3:
        pixels = pixels[..., None]
    if pixels.dtype == np.uint8:
        # As in the model's own graph, in float32.
        pixels = pixels.astype(np.float32) * np.float32(1.0 / 255.0)
    fits = shape.is_compatible_with(pixels.shape[1:])
    if not fits or not np.issubdtype(pixels.dtype, np.floating):
        raise ValueError(
            f"Expected images of shape {tuple(shape)}, uint8 or floats in [0, 1]. "
            f"Received: {pixels.dtype} images of shape {pixels.shape[1:]}"
        )
    if not (pixels.min() >= 0.0 and pixels.max() <= 1.0):
        raise ValueError(
            "Expected float images in [0, 1]. Received: pixels from "
            f"{pixels.min()} to {pixels.max()}"
        )
    return pixels.astype(np.float32)


def _conditions(rows: Sequence[Row], spec: tf.TensorSpec) -> tf.Tensor:
    values: list[Any] = [row.condition for row in rows]
    if any(value is None for value in values):
        raise ValueError(
            f"Expected a condition for each image, for the input {spec.name!r} of the "
            "model: name it with `condition`. Received: none"
        )
    return tf.cast(tf.constant(np.asarray(values)), spec.dtype)
