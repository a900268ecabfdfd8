"""The images of a run: MNIST where it is prepared, the built-in sprites otherwise."""

import pathlib

import numpy as np

import vaezoo


def write_images(path: pathlib.Path) -> str:
    """Writes 28 x 28 images, uint8 `(n, 28, 28, 1)`, for all contenders to read.

    Args:
        path: File to write, `.npy`.

    Returns:
        What they are, in words.
    """
    try:
        data = vaezoo.data.load("mnist", "train", download=False)
    except vaezoo.data.DatasetUnavailableError:
        images, _ = vaezoo.data.Sprites(28).sample(50_000, seed=0)
        name = "sprites"
    else:
        images, name = data.images, "MNIST"
    np.save(path, images)
    return f"{name}, {len(images):,} images of 28 x 28"
