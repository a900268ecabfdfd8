"""What training has made so far: variables, and what callbacks remember."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

# What Keras sets anew in every `fit`.
_SET_BY_FIT = frozenset({"params", "model", "_model", "validation_data"})


def training_variables(model: keras.Model) -> list[Any]:
    """The variables of weights, random numbers and optimizer, each once.

    Those of metrics are not among them: Keras makes some when `fit` begins.

    Args:
        model: A compiled model that has been built.
    """
    optimizer = model.optimizer
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    metrics = {id(variable) for variable in model.metrics_variables}
    found = {id(v): v for v in [*model.variables, *optimizer.variables]}
    return [variable for key, variable in found.items() if key not in metrics]


def values_of(variables: Sequence[Any]) -> list[np.ndarray]:
    """Copies of their values."""
    return [np.array(keras.ops.convert_to_numpy(v)) for v in variables]


def describe(variables: Sequence[Any]) -> list[str]:
    """Dtype and shape of each, to compare."""
    return [f"{v.dtype} {tuple(v.shape)}" for v in variables]


def assign(variables: Sequence[Any], values: Sequence[np.ndarray]) -> None:
    """Gives variables the values they had."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def restore_history(
    history: keras.callbacks.History | None,
    records: Sequence[tuple[int, dict[str, Any]]],
) -> None:
    """Makes a history that of `(epoch, logs)`."""
    if history is None:
        return
    history.epoch, history.history = [epoch for epoch, _ in records], {}
    for _, logs in records:
        for name, value in logs.items():
            history.history.setdefault(name, []).append(value)


class CallbackMemory:
    """What callbacks remember from one epoch to the next.

    `EarlyStopping` counts epochs, `ReduceLROnPlateau` and `ModelCheckpoint` keep the
    best value so far, and so on: as attributes, and Keras saves none of them
    (keras-team/keras#9462, #14862). What is kept here is each attribute that has
    changed since training began and is made of numbers, texts, arrays, variables, and
    lists, tuples and dictionaries of those. Functions and open files are not.

    Args:
        callbacks: The callbacks, once training has begun.
    """

    def __init__(self, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        self._callbacks = list(callbacks)
        self._first = [
            {name: _digest(value) for name, value in _attributes(callback).items()}
            for callback in self._callbacks
        ]

    def save(self, arrays: list[np.ndarray]) -> list[dict[str, Any]]:
        """What has changed, for each callback.

        Args:
            arrays: Takes the arrays that are part of it.

        Returns:
            What JSON can hold.
        """
        saved = []
        for callback, first in zip(self._callbacks, self._first, strict=True):
            attributes = _attributes(callback)
            changed = [n for n, v in attributes.items() if _digest(v) != first.get(n)]
            saved.append({n: _encoded(attributes[n], arrays) for n in changed})
        return saved

    def restore(
        self, saved: Sequence[dict[str, Any]], arrays: Sequence[np.ndarray]
    ) -> None:
        """Gives the callbacks back what `save` has kept."""
        for callback, attributes in zip(self._callbacks, saved, strict=True):
            for name, code in attributes.items():
                old = getattr(callback, name, None)
                setattr(callback, name, _decoded(code, arrays, old))


def _attributes(callback: keras.callbacks.Callback) -> dict[str, Any]:
    left_out = _SET_BY_FIT
    if hasattr(callback, "monitor_op"):
        # Keras changes its sign when it makes the function, as it will again.
        left_out |= {"min_delta"}
    return {
        name: value
        for name, value in vars(callback).items()
        if name not in left_out and _is_plain(value)
    }


def _is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return type(value) in (list, tuple) and all(map(_is_plain, value))
    if isinstance(value, dict):
        keys = all(isinstance(key, str) for key in value)
        return type(value) is dict and keys and all(map(_is_plain, value.values()))
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in "biufc"
    if _is_variable(value) or tf.is_tensor(value):
        return value.dtype != "string" and value.dtype != tf.string
    return value is None or isinstance(value, (bool, int, float, str))


def _is_variable(value: Any) -> bool:
    return isinstance(value, (tf.Variable, keras.Variable))


def _encoded(value: Any, arrays: list[np.ndarray]) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        kind = type(value).__name__
        return {"kind": kind, "of": [_encoded(part, arrays) for part in value]}
    if isinstance(value, dict):
        parts = {name: _encoded(part, arrays) for name, part in value.items()}
        return {"kind": "dict", "of": parts}
    kind = "variable" if _is_variable(value) else "array"
    if isinstance(value, np.generic):
        kind = "number"
    arrays.append(np.array(keras.ops.convert_to_numpy(value)))
    return {"kind": kind, "of": len(arrays) - 1}


def _decoded(code: Any, arrays: Sequence[np.ndarray], old: Any) -> Any:
    if not isinstance(code, dict):
        return code
    kind, of = code["kind"], code["of"]
    if kind == "dict":
        old = old if isinstance(old, dict) else {}
        return {name: _decoded(p, arrays, old.get(name)) for name, p in of.items()}
    if kind in ("list", "tuple"):
        known = old if isinstance(old, (list, tuple)) else ()
        known = [*known, *[None] * len(of)][: len(of)]
        parts = [_decoded(p, arrays, o) for p, o in zip(of, known, strict=True)]
        return tuple(parts) if kind == "tuple" else parts
    if kind == "variable" and _is_variable(old):
        old.assign(arrays[of])
        return old
    return arrays[of][()] if kind == "number" else arrays[of]


def _digest(value: Any) -> str:
    """Tells values apart without holding on to their arrays."""
    arrays: list[np.ndarray] = []
    text = json.dumps(_encoded(value, arrays))
    digest = hashlib.blake2b(text.encode(), digest_size=16)
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
