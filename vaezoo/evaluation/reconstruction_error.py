"""How far reconstructions are from the images."""

from typing import Any

import numpy as np

from vaezoo.evaluation.measurement import Measurement, mean_and_error
from vaezoo.images import check_images
from vaezoo.models.encoder_decoder import EncoderDecoder


def reconstruction_error(
    model: EncoderDecoder, images: Any, y: Any = None
) -> Measurement:
    """The mean squared error of `model.reconstruct`, of VAEs and autoencoders alike.

    It says nothing of the likelihood: a model that blurs what it is not sure of does
    well by it.

    Args:
        model: The model.
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`; as they are,
            also for a binary likelihood.
        y: The condition of each image, in conditional models.

    Returns:
        `reconstruction_error`: the mean over pixels and images of the squared
        difference, with pixels in [0, 1].

    Raises:
        ValueError: If images or conditions do not fit the model.
    """
    images = check_images(images, model.image_shape)
    scale = np.float32(255.0 if images.dtype == np.uint8 else 1.0)
    errors = model.reconstruct(images, y) - images / scale
    value, error = mean_and_error(np.mean(errors**2, axis=(1, 2, 3)))
    protocol = (
        "mean squared error a pixel in [0, 1], of the likelihood's mean for the "
        "posterior's mean; images as given"
    )
    name = "reconstruction_error"
    return Measurement(name, value, "squared", protocol, len(images), error)
