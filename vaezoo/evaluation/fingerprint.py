"""What tells two models, or two arrays, apart."""

import hashlib
import json
from typing import Any

import keras
import numpy as np


def array_fingerprint(*arrays: np.ndarray) -> str:
    """The sha256 of arrays: of their types, shapes and bytes, in order."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.name} {array.shape} ".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def model_fingerprint(model: keras.Model) -> str:
    """The sha256 of a model's class, configuration and weights, but not of its names.

    Args:
        model: The model. Where it has no configuration, class and weights count alone.
    """
    digest = hashlib.sha256(type(model).__qualname__.encode())
    try:
        config = _without_names(model.get_config())
        digest.update(json.dumps(config, sort_keys=True).encode())
    except (NotImplementedError, TypeError):
        pass
    digest.update(array_fingerprint(*model.get_weights()).encode())
    return digest.hexdigest()


def _without_names(config: Any) -> Any:
    """Keras numbers the names of unnamed layers: a second model would have others."""
    if isinstance(config, dict):
        return {k: _without_names(v) for k, v in config.items() if k != "name"}
    if isinstance(config, (list, tuple)):
        return [_without_names(value) for value in config]
    return config
