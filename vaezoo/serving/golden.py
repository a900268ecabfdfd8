"""Golden outputs: what the model answered when it was exported."""

import math
import os
import zipfile
from pathlib import Path

import numpy as np
import tensorflow as tf

from vaezoo.models import VAE
from vaezoo.random import Stream
from vaezoo.zoo import ModelFileError

GOLDEN_FILE = "assets.extra/golden.npz"

# The second has both 32-bit halves, the third is negative.
_SEEDS = (1, 2**40 + 3, -7)
# Of large images one is enough: the folder should stay small.
_MAX_VALUES = 2**15
_NAMES = {"seed", "z", "image", "reconstruction"}


def write_golden(model: VAE, folder: str | os.PathLike[str]) -> None:
    """Writes seeds, the samples that the model draws of them, and reconstructions.

    Args:
        model: The model, in Python.
        folder: The version folder.
    """
    count = max(1, _MAX_VALUES // math.prod(model.image_shape))
    seeds = np.array(_SEEDS[:count], np.int64)
    z = model.prior_layer.draw(tf.constant(seeds), Stream.LATENT)
    image = model.sample(seed=seeds)
    np.savez_compressed(
        Path(folder) / GOLDEN_FILE,
        seed=seeds,
        z=np.float32(z),
        image=image,
        reconstruction=model.reconstruct(image),
    )


def read_golden(folder: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """The golden outputs of a version folder.

    Args:
        folder: The version folder.

    Returns:
        `seed`, int64 `(n,)`; `z`, `(n, latent_dim)`; `image`, drawn of it, and its
        `reconstruction`, `(n, height, width, channels)`.

    Raises:
        ModelFileError: If the file is missing, damaged, or holds something else.
    """
    path = Path(folder) / GOLDEN_FILE
    try:
        # A stream: of a damaged path, NumPy leaves the file open.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            golden = dict(arrays)
    except FileNotFoundError:
        raise ModelFileError(path, "there is no such file") from None
    except (EOFError, OSError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ModelFileError(path, f"it is damaged ({error})") from error
    if golden.keys() != _NAMES:
        raise ModelFileError(
            path, f"expected the arrays {sorted(_NAMES)}, received {sorted(golden)}"
        )
    return golden
