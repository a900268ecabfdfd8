"""One version of a model, loaded."""

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import numpy as np
import tensorflow as tf

from vaezoo.serving.json_tensors import check_shape, described_shape, np_kind
from vaezoo.serving.server.batcher import Batcher
from vaezoo.serving.server.error_codes import serving_error
from vaezoo.serving.serving_error import ServingError
from vaezoo.serving.session import ServingSession
from vaezoo.serving.tensor_description import TensorDescription
from vaezoo.serving.warmup import WARMUP_FILE, read_warmup_requests


class Servable:
    """A version folder in a session that all threads share.

    The warm-up requests that ride along are replayed before it takes others.

    Args:
        folder: The version folder.

    Raises:
        ServingError: If it cannot be loaded, or a warm-up request fails.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.version = int(folder.name)
        try:
            self._session = ServingSession(folder)
        except Exception as error:
            raise serving_error(error) from error
        try:
            self.signature_defs = self._session.signature_defs
            names = self.signature_defs
            self._inputs = {name: self._session.inputs(name) for name in names}
            self._outputs = {name: self._session.outputs(name) for name in names}
            self._warm_up()
        except Exception as error:
            self._session.close()
            raise serving_error(error) from error
        # Puts requests of several clients together, if the server does so.
        self.batcher: Batcher | None = None
        self._lock = threading.Lock()
        self._users = 0
        self._retired = False

    def inputs(self, signature: str) -> list[TensorDescription]:
        """The inputs of a signature, sorted by name.

        Raises:
            ServingError: INVALID_ARGUMENT, if there is no such signature.
        """
        self._check_signature(signature)
        return self._inputs[signature]

    def outputs(self, signature: str) -> list[TensorDescription]:
        """The outputs of a signature, sorted by name.

        Raises:
            ServingError: INVALID_ARGUMENT, if there is no such signature.
        """
        self._check_signature(signature)
        return self._outputs[signature]

    def prepare(
        self, signature: str, inputs: Mapping[str, np.ndarray], max_rows: int
    ) -> dict[str, np.ndarray]:
        """Checks inputs against a signature.

        Args:
            signature: Its name.
            inputs: The inputs by name.
            max_rows: How many rows there may be.

        Returns:
            The inputs as arrays.

        Raises:
            ServingError: INVALID_ARGUMENT, if one is missing, unknown, or of another
                dtype or shape.
        """
        tensors = self.inputs(signature)
        names = [tensor.name for tensor in tensors]
        if sorted(inputs) != names:
            _refuse(
                f"input keys do not match signature '{signature}'. Expected: "
                f"{','.join(names)}. Received: {','.join(sorted(inputs))}"
            )
        arrays = {t.name: _checked(inputs[t.name], t) for t in tensors}
        if all(t.shape and t.shape[0] is None for t in tensors):
            _check_rows({len(array) for array in arrays.values()})
        if any(a.ndim and len(a) > max_rows for a in arrays.values()):
            shapes = {name: described_shape(a.shape) for name, a in arrays.items()}
            _refuse(f"Expected at most {max_rows} rows. Received: {shapes}")
        return arrays

    def run(
        self, signature: str, inputs: Mapping[str, np.ndarray], timeout: float
    ) -> dict[str, np.ndarray]:
        """Runs a signature on prepared inputs.

        Args:
            signature: Its name.
            inputs: What `prepare` returned.
            timeout: Seconds.

        Returns:
            The outputs by name.

        Raises:
            ServingError: Of the code that TensorFlow gives.
        """
        try:
            outputs = self._session.run(signature, inputs, timeout)
        except (tf.errors.OpError, ValueError, TypeError, RuntimeError) as error:
            raise serving_error(error) from error
        return {name: np.asarray(value) for name, value in outputs.items()}

    def acquire(self) -> None:
        """Counts one more user."""
        with self._lock:
            self._users += 1

    def release(self) -> bool:
        """Counts one user less; returns whether it was freed by that."""
        with self._lock:
            self._users -= 1
        return self._free_if_unused()

    def retire(self) -> bool:
        """Frees it, now or with its last user; returns whether it was freed now."""
        with self._lock:
            self._retired = True
        return self._free_if_unused()

    def _free_if_unused(self) -> bool:
        with self._lock:
            free = self._retired and self._users == 0
        if free:
            self._session.close()
        return free

    def _warm_up(self) -> None:
        if not os.path.exists(self.folder / WARMUP_FILE):
            return
        for signature, inputs in read_warmup_requests(self.folder):
            self._session.run(signature, inputs)

    def _check_signature(self, signature: str) -> None:
        if signature not in self.signature_defs:
            known = ", ".join(sorted(self.signature_defs))
            _refuse(
                f'Serving signature name: "{signature}" not found in signature def. '
                f"Expected one of: {known}"
            )


def _checked(value: np.ndarray, tensor: TensorDescription) -> np.ndarray:
    array = np.asarray(value)
    if np_kind(tensor.dtype) == "S":
        fits = array.dtype.kind in "SUO"
        array = array.astype(object) if fits else array
    else:
        fits = array.dtype.name == tensor.dtype
    if not fits:
        _refuse(
            f"Input '{tensor.name}': Expected dtype {tensor.dtype}. "
            f"Received: {array.dtype.name}"
        )
    check_shape(array, tensor)
    return array


def _check_rows(counts: set[int]) -> None:
    if len(counts) > 1:
        _refuse(
            "Expected the same number of rows in each input. "
            f"Received: {sorted(counts)}"
        )


def _refuse(message: str) -> NoReturn:
    raise ServingError("INVALID_ARGUMENT", message)
