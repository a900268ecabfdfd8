"""Golden outputs: what the model answered when it was exported."""

import math
import os
from pathlib import Path

import numpy as np
import tensorflow as tf

from vaezoo.models import VAE, Autoencoder
from vaezoo.npz_arrays import read_arrays
from vaezoo.serving.endpoints import condition_spec
from vaezoo.zoo import ModelFileError

GOLDEN_FILE = "assets.extra/golden.npz"

# The second has both 32-bit halves, the third is negative.
_SEEDS = (1, 2**40 + 3, -7)
# Of large images one is enough: the folder should stay small.
_MAX_VALUES = 2**15
_NAMES = {"image", "reconstruction"}
_DRAWN = {"seed", "z"}


def write_golden(model: VAE | Autoencoder, folder: str | os.PathLike[str]) -> None:
    """Writes seeds, the samples that the model draws of them, and reconstructions.

    A conditional model gets random conditions, an autoencoder random images.

    Args:
        model: The model, in Python.
        folder: The version folder.
    """
    count = max(1, _MAX_VALUES // math.prod(model.image_shape))
    seeds = np.array(_SEEDS[:count], np.int64)
    condition = {
        spec.name: model.condition.example(len(seeds)) for spec in condition_spec(model)
    }
    y = next(iter(condition.values()), None)
    if isinstance(model, VAE):
        z = model.draw_latents(tf.constant(seeds), y)
        image = model.sample(seed=seeds, y=y)
        drawn = {"seed": seeds, "z": np.float32(z)}
    else:
        shape = (len(seeds), *model.image_shape)
        image = np.random.default_rng(0).random(shape, dtype="float32")
        drawn = {}
    np.savez_compressed(
        Path(folder) / GOLDEN_FILE,
        image=image,
        reconstruction=model.reconstruct(image, y),
        **drawn,
        **condition,
    )


def read_golden(folder: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """The golden outputs of a version folder.

    Args:
        folder: The version folder.

    Returns:
        `image` and its `reconstruction`, `(n, height, width, channels)`; of a VAE also
        `seed`, int64 `(n,)`, and `z`, `(n, latent_dim)`, from which the image was
        drawn; of a conditional model also `label` or `condition`, `(n, ...)`.

    Raises:
        ModelFileError: If the file is missing, damaged, or holds something else.
    """
    path = Path(folder) / GOLDEN_FILE
    try:
        golden, _ = read_arrays(path)
    except FileNotFoundError:
        raise ModelFileError(path, "there is no such file") from None
    except ValueError as error:
        raise ModelFileError(path, f"it is damaged ({error})") from error
    found = golden.keys() - {"condition", "label"}
    if found not in (_NAMES, _NAMES | _DRAWN):
        raise ModelFileError(
            path,
            f"expected the arrays {sorted(_NAMES)}, and of a VAE {sorted(_DRAWN)}, "
            f"received {sorted(golden)}",
        )
    return golden
