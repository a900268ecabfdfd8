"""From images to latent vectors, and from latent vectors to pixels."""

from typing import Any

import numpy as np

from vaezoo.images import check_images
from vaezoo.models import VAE
from vaezoo.models.known_pixels import fill_in
from vaezoo.plotting.mosaic import pixels


def images_and_condition(
    model: VAE, images: Any, y: Any
) -> tuple[np.ndarray, np.ndarray | None]:
    """Checks images and what goes with them.

    Args:
        model: The model.
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`.
        y: The condition, in conditional models: one an image, or a single one.

    Returns:
        The images, and the condition of each of them or None.

    Raises:
        ValueError: If images or condition do not fit the model.
    """
    images = check_images(images, model.image_shape)
    if model.conditional:
        return images, model.condition.check(y, len(images))
    if y is not None:
        raise ValueError(
            f"Expected no condition: {type(model).__name__} is not conditional. "
            f"Received: y of type {type(y).__name__}"
        )
    return images, None


def latent_codes(model: VAE, images: np.ndarray, y: np.ndarray | None) -> np.ndarray:
    """The code of each image: the posterior's mean, or what an autoencoder gives.

    Args:
        model: The model.
        images: `(n, height, width, channels)`.
        y: The condition of each image, in conditional models.

    Returns:
        float64 `(n, latent_dim)`.
    """
    posterior = model.encode(images, y)
    mean = posterior if isinstance(posterior, np.ndarray) else posterior.mean().numpy()
    return mean.astype(np.float64)


def decoded(model: VAE, z: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
    """The mean images of latent vectors, as pixels.

    Args:
        model: The model.
        z: `(..., latent_dim)`.
        y: The condition, in conditional models: of all, or one a vector.

    Returns:
        uint8 `(n, height, width, 3)`, n the number of vectors.
    """
    z = z.reshape(-1, z.shape[-1])
    images = np.clip(model.decode(z, y).mean().numpy(), 0.0, 1.0)
    if model.completes:
        y = model.condition.check(y, len(z))
        images = fill_in(images, *model.condition.known_pixels(y)).numpy()
    return pixels(images)


def repeat_rows(y: np.ndarray | None, times: int) -> np.ndarray | None:
    """Each row of a condition so many times in a row."""
    return None if y is None else np.repeat(y, times, axis=0)
