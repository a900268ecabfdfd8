"""An exported model in the runtime that TensorFlow Serving uses."""

import contextlib
import math
import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from vaezoo.serving.tensor_description import (
    TensorDescription as TensorDescription,
)


class ServingSession:
    """A SavedModel in a session: signatures are run by feeding and fetching tensors.

    `tf.saved_model.load` rebuilds Python objects and can accept what the server cannot
    load; this is the server's way. It may be called from several threads. Use it as a
    context manager, or `close` it.

    Args:
        folder: A version folder, with `saved_model.pb` in it.

    Raises:
        OSError: If the folder holds no SavedModel.

    Example:
        >>> with ServingSession("saved_models/conv_vae_mnist/1") as served:
        ...     images = served.run("sample", {"seed": [1, 2, 3]})["image"]
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._session = tf.compat.v1.Session(graph=tf.Graph())
        with self._session.graph.as_default(), _quiet():
            loaded = tf.compat.v1.saved_model.loader.load(
                self._session, [tf.saved_model.SERVING], os.fspath(folder)
            )
        # The runtime's own entry; the server does not answer to it either.
        self._signatures = {
            name: signature
            for name, signature in loaded.signature_def.items()
            if not name.startswith("__")
        }
        self._variables = _read_variables(self._session.graph)

    @property
    def graph_def(self) -> tf.compat.v1.GraphDef:
        """The graph, with the library of its functions."""
        return self._session.graph.as_graph_def()

    @property
    def signatures(self) -> tuple[str, ...]:
        """Names of the signatures, sorted."""
        return tuple(sorted(self._signatures))

    @property
    def signature_defs(self) -> dict[str, meta_graph_pb2.SignatureDef]:
        """The signatures as the SavedModel has them."""
        return dict(self._signatures)

    def inputs(self, signature: str = "serving_default") -> list[TensorDescription]:
        """The inputs of a signature, sorted by name."""
        return _descriptions(self._signature(signature).inputs)

    def outputs(self, signature: str = "serving_default") -> list[TensorDescription]:
        """The outputs of a signature, sorted by name."""
        return _descriptions(self._signature(signature).outputs)

    def run(
        self,
        signature: str,
        inputs: Mapping[str, Any],
        timeout: float | None = None,
    ) -> dict[str, np.ndarray]:
        """Runs a signature.

        Args:
            signature: Its name.
            inputs: A value for each of its inputs, with a leading batch axis.
            timeout: Seconds; `tf.errors.DeadlineExceededError` is raised after them.

        Returns:
            Its outputs by name.

        Raises:
            ValueError: If there is no such signature, or inputs are missing, unknown,
                or of another shape.
        """
        definition = self._signature(signature)
        if set(inputs) != set(definition.inputs):
            raise ValueError(
                f"Expected the inputs {sorted(definition.inputs)} for signature "
                f"{signature!r}. Received: {sorted(inputs)}"
            )
        feed = {definition.inputs[name].name: value for name, value in inputs.items()}
        fetch = {name: info.name for name, info in definition.outputs.items()}
        options = None
        if timeout is not None:
            milliseconds = max(1, math.ceil(timeout * 1000))
            options = tf.compat.v1.RunOptions(timeout_in_ms=milliseconds)
        return self._session.run(fetch, feed, options=options)

    def variables(self) -> dict[str, np.ndarray]:
        """The values of the model's variables, by name."""
        return self._session.run(self._variables)

    def close(self) -> None:
        """Frees the session."""
        self._session.close()

    def __enter__(self) -> "ServingSession":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _signature(self, name: str) -> Any:
        if name not in self._signatures:
            raise ValueError(
                f"Expected one of the signatures {list(self.signatures)}. "
                f"Received: {name!r}"
            )
        return self._signatures[name]


def _read_variables(graph: tf.Graph) -> dict[str, tf.Tensor]:
    """One tensor for each variable; a SavedModel lists them only as operations."""
    handles = [op for op in graph.get_operations() if op.type == "VarHandleOp"]
    with graph.as_default():
        return {
            op.name: tf.raw_ops.ReadVariableOp(
                resource=op.outputs[0], dtype=op.get_attr("dtype")
            )
            for op in handles
        }


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the advice to use `tf.saved_model.load`, which is not the server's."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(level)


def _descriptions(infos: Mapping[str, Any]) -> list[TensorDescription]:
    return [
        TensorDescription(
            name,
            tf.as_dtype(info.dtype).name,
            _shape(info.tensor_shape),
        )
        for name, info in sorted(infos.items())
    ]


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    if shape.unknown_rank:
        return None
    return tuple(None if d.size < 0 else d.size for d in shape.dim)
