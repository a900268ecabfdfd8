"""Warm-up requests: TensorFlow Serving replays them before a model takes traffic."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.framework import tensor_pb2

from vaezoo.serving.prediction_log import PredictionLog
from vaezoo.zoo import ModelFileError

WARMUP_FILE = "assets.extra/tf_serving_warmup_requests"


def write_warmup_requests(
    folder: str | os.PathLike[str],
    name: str,
    signatures: Mapping[str, Sequence[tf.TensorSpec]],
) -> None:
    """Writes one request of one row for each signature.

    Args:
        folder: The version folder.
        name: The model's name.
        signatures: The inputs of each signature.
    """
    with tf.io.TFRecordWriter(os.fspath(Path(folder) / WARMUP_FILE)) as writer:
        for signature, inputs in signatures.items():
            log = PredictionLog()
            request = log.predict_log.request
            request.model_spec.name = name
            request.model_spec.signature_name = signature
            for spec in inputs:
                value = _png() if spec.dtype == tf.string else 0
                proto = tf.make_tensor_proto(value, spec.dtype, [1, *spec.shape[1:]])
                request.inputs[spec.name].ParseFromString(proto.SerializeToString())
            writer.write(log.SerializeToString())


def _png() -> bytes:
    """A small picture: any size will do."""
    return tf.io.encode_png(tf.zeros([8, 8, 1], tf.uint8)).numpy()


def read_warmup_requests(
    folder: str | os.PathLike[str],
) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    """The requests of a version folder.

    Args:
        folder: The version folder.

    Yields:
        Name of the signature, and its inputs by name.

    Raises:
        ModelFileError: If the file is missing or damaged.
    """
    path = Path(folder) / WARMUP_FILE
    if not path.is_file():
        raise ModelFileError(path, "there is no such file")
    try:
        records = list(tf.data.TFRecordDataset(os.fspath(path)).as_numpy_iterator())
        logs = [PredictionLog.FromString(record) for record in records]
    except (tf.errors.OpError, DecodeError) as error:
        raise ModelFileError(path, f"it is damaged ({error})") from error
    for log in logs:
        request = log.predict_log.request
        inputs = {}
        for key, value in request.inputs.items():
            proto = tensor_pb2.TensorProto.FromString(value.SerializeToString())
            inputs[key] = tf.make_ndarray(proto)
        yield request.model_spec.signature_name, inputs
