"""The one fixed binarisation of the test protocol."""

import numpy as np

from vaezoo.images import check_images

_CHUNK = 1000


def binarize_fixed(images: np.ndarray, seed: int = 777) -> np.ndarray:
    """Draws each pixel once from the Bernoulli distribution with its grey value.

    Equal to `numpy.random.seed(777); numpy.random.binomial(1, images / 255)`, the
    draw under which likelihoods on dynamically binarised test sets are published. The
    draw depends on the order of the images, so keep the order of the data set.

    Args:
        images: (n, height, width, channels), uint8 in 0..255 or floats in [0, 1].
        seed: Seed of the draw.

    Returns:
        uint8 array of the same shape with the values 0 and 255, so that it goes through
        the same door as every uint8 image: divided by 255 it is exactly 0 or 1.

    Raises:
        ValueError: If the images are not images.
    """
    images = check_images(images)
    top = 255.0 if images.dtype == np.uint8 else 1.0
    generator = np.random.RandomState(seed)
    binary = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), _CHUNK):
        part = slice(start, start + _CHUNK)
        probabilities = images[part].astype(np.float64) / top
        binary[part] = generator.binomial(1, probabilities) * 255
    return binary
