"""What a training is made of, as texts and numbers that can be compared."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

# Keras numbers the layers that a process makes: dense, dense_1, ...
_NUMBER = re.compile(r"_\d+$")
_OF_THE_PROCESS = frozenset({"compile_config", "build_config", "shared_object_id"})


def model_settings(model: keras.Model) -> dict[str, Any]:
    """Architecture, optimizer and execution, flat.

    Args:
        model: A compiled model.
    """
    optimizer = _config(model.optimizer)
    rate = optimizer.get("learning_rate")
    if int(model.optimizer.iterations.numpy()) and isinstance(rate, float):
        del optimizer["learning_rate"]  # where training has brought it
    return {
        "class": type(model).__name__,
        **_flat("", _config(model)),
        "optimizer": type(model.optimizer).__name__,
        **_flat("optimizer.", optimizer),
        "jit_compile": bool(model.jit_compile),
        "steps_per_execution": model.steps_per_execution,
        "replicas": model.distribute_strategy.num_replicas_in_sync,
    }


def data_settings(x: Any) -> dict[str, Any]:
    """Shape and content of arrays; elements and length of a data set.

    Args:
        x: None, an array, a tuple of those, or a data set.
    """
    if isinstance(x, tf.data.Dataset):
        return {"elements": str(x.element_spec), "batches": int(x.cardinality())}
    parts = x if isinstance(x, tuple) else (x,)
    if all(part is None or isinstance(part, np.ndarray) for part in parts):
        return {"arrays": " and ".join(_described(part) for part in parts)}
    return {"type": type(x).__name__}


def digest(arrays: Any) -> str:
    """A digest of arrays or tensors, in whatever structure."""
    made = hashlib.blake2b(digest_size=8)
    for part in tf.nest.flatten(arrays):
        if part is not None:
            array = np.ascontiguousarray(part)
            made.update(f"{array.dtype} {array.shape}".encode())
            made.update(array.data if array.size else b"")
    return made.hexdigest()


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs, as `name: value before, then value now`.

    Args:
        before: Settings.
        now: Settings.
    """
    before = json.loads(json.dumps(before))
    now = json.loads(json.dumps(now))
    names = [*before, *(name for name in now if name not in before)]
    return [
        f"{name}: {_text(before, name)} before, {_text(now, name)} now"
        for name in names
        if before.get(name) != now.get(name)
    ]


def _described(part: np.ndarray | None) -> str:
    if part is None:
        return "none"
    return f"{part.dtype} {part.shape} with digest {digest(part)}"


def _text(settings: Mapping[str, Any], name: str) -> str:
    return repr(settings[name]) if name in settings else "none"


def _config(thing: Any) -> dict[str, Any]:
    try:
        config = keras.saving.serialize_keras_object(thing)["config"]
        return json.loads(json.dumps(config, default=str))
    except (NotImplementedError, TypeError, ValueError, KeyError):
        return {}  # of a model of the user's that cannot be saved


def _flat(prefix: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict) and value:
        parts = ((name, value[name]) for name in value if name not in _OF_THE_PROCESS)
    elif isinstance(value, list) and value:
        parts = enumerate(value)
    else:
        kept = _NUMBER.sub("", value) if isinstance(value, str) else value
        return {prefix.removesuffix("."): kept}
    flat: dict[str, Any] = {}
    for name, part in parts:
        flat |= _flat(f"{prefix}{name}.", part)
    return flat
