"""What the client's verbs are given, as the arrays that a signature takes."""

import reprlib
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np

from vaezoo.images import check_images
from vaezoo.row_seeds import check_seed
from vaezoo.serving.client.batches import Arrays
from vaezoo.serving.client.signatures import Signature
from vaezoo.serving.tensor_description import TensorDescription

CONDITIONS = ("label", "condition")


def input_arrays(name: str, signature: Signature, values: Mapping[str, Any]) -> Arrays:
    """Checks inputs as the models' verbs do, before anything is sent.

    Args:
        name: The signature's name.
        signature: The signature.
        values: The inputs by name, of array-likes.

    Returns:
        Arrays of equal length and of the types that the signature declares.

    Raises:
        ValueError: If they do not fit the signature or each other.
    """
    if set(values) != set(signature.inputs):
        raise ValueError(
            f"Expected the inputs {sorted(signature.inputs)} for signature {name!r}. "
            f"Received: {sorted(values)}"
        )
    arrays = {
        key: _CHECKS.get(key, _generic)(value, signature.inputs[key])
        for key, value in values.items()
    }
    rows = {key: len(array) for key, array in arrays.items()}
    if len(set(rows.values())) != 1 or not all(rows.values()):
        raise ValueError(
            f"Expected as many rows of each input, and at least one. Received: {rows}"
        )
    return arrays


def condition_input(
    y: Any, signature: Signature, count: int | None
) -> tuple[str, np.ndarray] | None:
    """The condition of a conditional model.

    Args:
        y: One condition a row, or one for all; None for a model without one.
        signature: Any of the model's signatures.
        count: How many rows there are; None for as many as there are conditions.

    Returns:
        The input's name and value; None if the model takes no condition.

    Raises:
        ValueError: If there is a condition for a model that takes none, or none for a
            model that takes one, or it is not of the right type and shape.
    """
    names = [name for name in CONDITIONS if name in signature.inputs]
    if not names:
        if y is not None:
            raise ValueError(
                "Expected no condition: the model is not conditional. "
                f"Received: y of type {type(y).__name__}"
            )
        return None
    tensor = signature.inputs[names[0]]
    array = _labels(y, tensor) if names[0] == "label" else _conditions(y, tensor)
    value_shape = tuple(tensor.shape or ())[1:]
    if array.ndim == len(value_shape):
        array = np.broadcast_to(array, (1 if count is None else count, *value_shape))
    return names[0], array


def _images(value: Any, tensor: TensorDescription) -> np.ndarray:
    images = check_images(value, tensor.shape[1:])
    if images.dtype == np.uint8:
        # As the models do: a division gives other bits.
        return images.astype(np.float32) * np.float32(1.0 / 255.0)
    return images


def _latents(value: Any, tensor: TensorDescription) -> np.ndarray:
    array = np.asarray(value, np.float32)
    if array.shape[1:] != tensor.shape[1:] or not array.size:
        _refuse("z", tensor, f"shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(
            "Expected finite latent vectors. Received: NaN or infinite values"
        )
    return array


def _seeds(value: Any, tensor: TensorDescription) -> np.ndarray:
    if np.ndim(value) != 1:
        _refuse("seed", tensor, f"shape {np.shape(value)}")
    seeds = [check_seed(seed) for seed in np.asarray(value).tolist()]
    return np.array(seeds, np.int64)


def _files(value: Any, tensor: TensorDescription) -> np.ndarray:
    single = isinstance(value, (str, bytes, bytearray, memoryview))
    files = [] if single else list(value)
    if single or not all(isinstance(f, (bytes, bytearray, memoryview)) for f in files):
        raise ValueError(
            f"Expected `{tensor.name}` to be a list of the bytes of image files. "
            f"Received: {reprlib.repr(value)}"
        )
    return _objects([bytes(file) for file in files])


def _labels(value: Any, tensor: TensorDescription) -> np.ndarray:
    if value is None:
        raise ValueError("Expected a condition y, integer labels. Received: y=None")
    array = np.asarray(value)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.dtype.kind not in "iu" or array.ndim > 1:
        raise ValueError(
            "Expected a condition y, integer labels of shape (n,). "
            f"Received: shape {array.shape}, dtype {array.dtype}"
        )
    return array.astype(tensor.dtype)


def _conditions(value: Any, tensor: TensorDescription) -> np.ndarray:
    array = np.asarray(value) if value is not None else None
    if array is None or array.dtype.kind not in "biuf":
        _refuse("y", tensor, f"y of type {type(value).__name__}")
    value_shape = tensor.shape[1:]
    if (
        array.ndim <= len(tensor.shape)
        and array.shape[-len(value_shape) :] == value_shape
    ):
        if len(value_shape) == 3:
            return _partial_images(array)
        if not np.isfinite(array).all():
            _refuse("y", tensor, "NaN or infinite values")
        return array.astype(np.float32)
    _refuse("y", tensor, f"shape {array.shape}, dtype {array.dtype}")


def _partial_images(array: np.ndarray) -> np.ndarray:
    """Images with NaN for what is missing; in the form that the models take them."""
    batch = array if array.ndim == 4 else array[None]
    missing = np.isnan(batch) if batch.dtype.kind == "f" else np.False_
    images = check_images(np.where(missing, 0, batch).astype(batch.dtype))
    if images.dtype == np.uint8:
        images = images.astype(np.float32) / np.float32(255.0)
    return np.where(missing, np.float32(np.nan), images).reshape(array.shape)


def _generic(value: Any, tensor: TensorDescription) -> np.ndarray:
    """Inputs of signatures that vaezoo does not know."""
    if tensor.dtype == "string":
        return _objects([v if isinstance(v, bytes) else str(v).encode() for v in value])
    array = np.asarray(value)
    if not np.can_cast(array.dtype, tensor.dtype, "same_kind"):
        _refuse(tensor.name, tensor, f"dtype {array.dtype}")
    if array.ndim == 0:
        _refuse(tensor.name, tensor, "a scalar")
    return array.astype(tensor.dtype)


def _objects(files: list[bytes]) -> np.ndarray:
    # Of another dtype, numpy takes the zeros from the end of bytes.
    return np.array(files, object)


def _refuse(name: str, tensor: TensorDescription, received: str) -> NoReturn:
    sizes = [] if tensor.shape is None else ["n", *map(str, tensor.shape[1:])]
    shape = f" of shape ({', '.join(sizes)}{',' * (len(sizes) == 1)})" if sizes else ""
    raise ValueError(
        f"Expected `{name}` to be {tensor.dtype}{shape}. Received: {received}"
    )


_CHECKS = {
    "condition": _conditions,
    "image": _images,
    "image_bytes": _files,
    "label": _labels,
    "seed": _seeds,
    "z": _latents,
}
