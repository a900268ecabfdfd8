"""What the checks work on: a copy of the model, and images for it."""

import dataclasses
import functools
import json
from typing import Any

import numpy as np

from vaezoo import random
from vaezoo.images import check_images
from vaezoo.models import VAE

# Largest relative error of a result that is computed in two ways.
_ROUNDING = {"float64": 1e-4, "float32": 1e-4, "bfloat16": 5e-2, "float16": 1e-2}


@dataclasses.dataclass(frozen=True)
class Subject:
    """A model to check and the images to check it on.

    Args:
        model: A copy that no one else holds.
        images: uint8 `(n, height, width, channels)`.
        seed: Seed of every draw.
        y: The condition of each image, in conditional models.
    """

    model: VAE
    images: np.ndarray
    seed: int
    y: np.ndarray | None = None

    @property
    def row_seeds(self) -> np.ndarray:
        """One seed for each image, int64 `(n,)`."""
        return random.row_seeds(self.seed, len(self.images)).numpy()

    @functools.cached_property
    def rounding(self) -> float:
        """Relative error that the networks' precision allows for."""
        networks = (self.model.encoder, self.model.decoder)
        return max(_ROUNDING.get(n.compute_dtype, 1e-4) for n in networks)

    def assert_close(self, actual: Any, expected: Any, message: str) -> None:
        """Asserts equality up to rounding, relative to the largest value."""
        actual, expected = np.asarray(actual), np.asarray(expected)
        scale = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(
            actual, expected, rtol=0, atol=self.rounding * scale, err_msg=message
        )

    def fresh_copy(self) -> "Subject":
        """The same with a model of its own, for a check that changes it."""
        return dataclasses.replace(self, model=copy_of(self.model))


def copy_of(model: VAE) -> VAE:
    """A model of the same configuration, by way of JSON, with the same weights.

    Raises:
        ValueError: If the configuration is not JSON, or makes another model.
    """
    try:
        config = json.loads(json.dumps(model.get_config()))
    except TypeError as error:
        raise ValueError(
            f"Expected `get_config` to hold nothing but JSON. Received: {error}"
        ) from error
    copy = type(model).from_config(config)
    expected = [tuple(weight.shape) for weight in model.weights]
    received = [tuple(weight.shape) for weight in copy.weights]
    if received != expected:
        raise ValueError(
            "Expected `from_config(get_config())` to have weights of the shapes "
            f"{expected}. Received: {received}"
        )
    copy.set_weights(model.get_weights())
    return copy


def standardize_condition(y: Any, model: VAE, n: int, seed: int) -> Any:
    """The first `n` conditions; random ones if there are none; None if there is none.

    Raises:
        ValueError: If they do not fit the model.
    """
    if model.condition is None:
        if y is not None:
            raise ValueError(
                "Expected no condition: the model is not conditional. "
                f"Received: y of type {type(y).__name__}"
            )
        return None
    if y is None:
        return model.condition.example(n, seed)
    return model.condition.check(model.condition.check(y)[:n], n)


def standardize_images(images: Any, model: VAE, count: int, seed: int) -> np.ndarray:
    """At most `count` images as uint8; random ones if there are none.

    Raises:
        ValueError: If the images do not fit the model or are fewer than two.
    """
    if images is None:
        shape = (count, *model.image_shape)
        return np.random.default_rng(seed).integers(0, 256, shape).astype("uint8")
    images = check_images(images, model.image_shape)[:count]
    if len(images) < 2:
        raise ValueError(
            f"Expected at least two images. Received: images of shape {images.shape}"
        )
    if images.dtype == np.uint8:
        return images
    return np.rint(images * 255.0).astype("uint8")
