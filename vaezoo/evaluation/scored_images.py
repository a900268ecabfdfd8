"""The images and conditions that a VAE's densities are measured on."""

from typing import Any, NamedTuple

import numpy as np

from vaezoo.data import binarize_fixed
from vaezoo.images import check_images
from vaezoo.models import VAE, Autoencoder

BINARIZATION_SEED = 777


class ScoredImages(NamedTuple):
    """What the likelihood of a VAE scores.

    Attributes:
        images: Checked, `(n, height, width, channels)`; binarized once if the
            likelihood is that of binary pixels.
        condition: The checked condition `(n, ...)` of a conditional model, as a tuple
            of one; an empty one without a condition.
        protocol: What was done, in words.
    """

    images: np.ndarray
    condition: tuple[np.ndarray, ...]
    protocol: str

    @classmethod
    def of(cls, model: Any, images: Any, y: Any = None) -> "ScoredImages":
        """Checks images and conditions, and binarizes as the test protocol says.

        Args:
            model: The VAE.
            images: uint8 or floats in [0, 1], `(n, height, width, channels)`.
            y: The condition of each image, in conditional models.

        Raises:
            NotImplementedError: If the model is an autoencoder, which has no density.
            ValueError: If they do not fit the model, or it is no model of vaezoo.
        """
        if isinstance(model, Autoencoder):
            model.log_prob(images)  # Says why there is none, and what to take instead.
        if not isinstance(model, VAE):
            raise ValueError(
                "Expected a vaezoo.VAE, which has a density. "
                f"Received: {type(model).__name__}"
            )
        images = check_images(images, model.image_shape)
        if model.conditional:
            condition = (model.condition.check(y, len(images)),)
        elif y is None:
            condition = ()
        else:
            raise ValueError(
                f"Expected no condition: {type(model).__name__} is not conditional. "
                f"Received: y of type {type(y).__name__}"
            )
        if not model.likelihood.binary:
            return cls(images, condition, "pixels as given")
        images = binarize_fixed(images, seed=BINARIZATION_SEED)
        how = f"binarized once with NumPy seed {BINARIZATION_SEED}"
        return cls(images, condition, how)
