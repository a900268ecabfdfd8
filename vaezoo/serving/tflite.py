"""From a model to a file for TensorFlow Lite (LiteRT), on phones and small devices."""

import contextlib
import os
import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from vaezoo.models import VAE, Autoencoder
from vaezoo.serving.endpoints import Endpoints
from vaezoo.serving.exportable import check_model, model_and_card
from vaezoo.zoo import (
    ModelFileError,
    atomic_version_folder,
    check_version,
    check_writable,
    rebuilt,
)

TFLITE_FILE = "model.tflite"  # as TensorFlow Serving calls it too

_SIGNATURES = ("encode", "decode", "sample")
_TOLERANCE = 1e-4
_ROWS = 3


def export_tflite(
    model_or_name: VAE | Autoencoder | str | os.PathLike[str],
    folder: str | os.PathLike[str],
    version: int | None = None,
) -> Path:
    """Writes `encode`, `decode` and `sample` as one file for TensorFlow Lite.

    `folder/VERSION/model.tflite` appears whole or not at all, and no version is ever
    overwritten. It has a signature for each verb, with the inputs and outputs of
    `vaezoo.export`, in float32 and for any batch size; the weights are in it once. It
    needs the built-in operators alone, not the larger runtime with TensorFlow's own.
    Before it appears, the interpreter runs it, and what it answers is compared with the
    model; a seed gives the image that it gives in Python.

    Args:
        model_or_name: The model, or the name or folder of one. An autoencoder has no
            `sample`.
        folder: The model's folder.
        version: Number of the version. Default: the highest in `folder` plus one.

    Returns:
        The path `folder/VERSION`.

    Raises:
        TypeError: If it is neither a `vaezoo.VAE` nor a `vaezoo.Autoencoder`, nor the
            name of one.
        ValueError: If the model cannot be rebuilt from its configuration, has weights
            that are not finite, or needs operators that are not built in; it names
            them.
        FileExistsError: If the version is there already.
        OSError: If the folder cannot be written.
        RuntimeError: If the file does not answer as the model does.

    Example:
        >>> path = export_tflite(model, "lite/mine")
        >>> with tflite_interpreter(path) as interpreter:
        ...     sample = interpreter.get_signature_runner("sample")
        >>> sample(seed=np.array([1, 2, 3]))["image"].shape
        (3, 28, 28, 1)
    """
    folder = Path(folder).expanduser()
    check_writable(folder)
    version = check_version(folder, version)
    model, _ = model_and_card(model_or_name)
    check_model(model)
    endpoints = Endpoints(rebuilt(model), log_prob_samples=1)
    found = endpoints.input_signatures()
    inputs = {name: found[name] for name in _SIGNATURES if name in found}
    with atomic_version_folder(folder, version) as hidden:
        file = hidden / TFLITE_FILE
        file.write_bytes(_converted(endpoints, inputs))
        _check(file, endpoints, inputs)
    return folder / str(version)


@contextlib.contextmanager
def tflite_interpreter(path: str | os.PathLike[str]) -> Iterator[tf.lite.Interpreter]:
    """TensorFlow's own interpreter, without its advice to move to another package.

    Args:
        path: The file, or the version folder that holds it.

    Yields:
        The interpreter, while no advice is shown.

    Raises:
        ModelFileError: If there is no such file.
    """
    path = Path(path)
    path = path / TFLITE_FILE if path.is_dir() else path
    if not path.is_file():
        raise ModelFileError(path, "there is no such file")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"\s*Warning: tf\.lite\.Interpreter is depre")
        yield tf.lite.Interpreter(os.fspath(path))


def _converted(
    endpoints: Endpoints, inputs: Mapping[str, Sequence[tf.TensorSpec]]
) -> bytes:
    archive = keras.export.ExportArchive()
    for name, specs in inputs.items():
        archive.add_endpoint(name, endpoints.function(name), list(specs))
    with tempfile.TemporaryDirectory() as folder:
        # Through a SavedModel: of functions alone, the converter leaves out weights.
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=list(inputs)
        )
        try:
            return converter.convert()
        except Exception as error:  # of a class that is not public
            operators = re.search(r"(?:Select|Custom) ops: (.*)", str(error))
            reason = f"it needs {operators[1]}" if operators else _first_line(error)
            raise ValueError(
                "Expected a model that the built-in operators of TensorFlow Lite can "
                f"compute. Received: {endpoints.model.name!r}; {reason}"
            ) from error


def _check(
    file: Path, endpoints: Endpoints, inputs: Mapping[str, Sequence[tf.TensorSpec]]
) -> None:
    """Compares the file's answers with the model's."""
    with tflite_interpreter(file) as interpreter:
        for name, specs in inputs.items():
            values = _example(endpoints, specs)
            received = interpreter.get_signature_runner(name)(**values)
            expected = endpoints.function(name)(*values.values())
            for key, value in expected.items():
                error = float(np.abs(received[key] - value).max(initial=0.0))
                if not error <= _TOLERANCE * max(1.0, float(np.abs(value).max())):
                    raise RuntimeError(
                        f"Expected the model's answers to within {_TOLERANCE}. "
                        f"Received: `{key}` of {name!r} differs by {error:g}"
                    )


def _example(
    endpoints: Endpoints, specs: Sequence[tf.TensorSpec]
) -> dict[str, np.ndarray]:
    """A few rows for each input."""
    rng = np.random.default_rng(0)
    values = {}
    for spec in specs:
        shape = (_ROWS, *spec.shape[1:])
        if spec in endpoints.condition:
            values[spec.name] = endpoints.model.condition.example(_ROWS)
        elif spec.dtype == tf.int64:
            values[spec.name] = rng.integers(-(2**62), 2**62, shape)
        elif spec.name == "image":
            values[spec.name] = rng.random(shape, dtype="float32")
        else:
            values[spec.name] = rng.normal(size=shape).astype("float32")
    return values


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
