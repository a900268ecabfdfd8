"""Files of codes: Parquet or TFRecord."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

FORMATS = ("parquet", "tfrecord")


class CodeFile(Protocol):
    """What codes are written to."""

    def write(
        self,
        sources: Sequence[str],
        numbers: Sequence[int],
        codes: Mapping[str, np.ndarray],
    ) -> None:
        """Adds rows.

        Args:
            sources: The file or data set of each row's image.
            numbers: Which image of it.
            codes: Arrays by name, each `(rows, ...)`.
        """

    def close(self) -> None:
        """Ends the file."""


def open_code_file(path: str, kind: str) -> CodeFile:
    """A new file of codes.

    Args:
        path: A local path.
        kind: One of `FORMATS`.
    """
    return _Parquet(path) if kind == "parquet" else _TFRecord(path)


class _Parquet:
    """Columns `source`, `row`, and one a code: lists of float32."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._writer: Any = None

    def write(
        self,
        sources: Sequence[str],
        numbers: Sequence[int],
        codes: Mapping[str, np.ndarray],
    ) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = {
            "source": pa.array(sources, pa.string()),
            "row": pa.array(numbers, pa.int64()),
        }
        for name, values in codes.items():
            values = np.asarray(values, np.float32).reshape(len(values), -1)
            columns[name] = pa.FixedSizeListArray.from_arrays(
                values.reshape(-1), values.shape[1]
            )
        table = pa.table(columns)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema)
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class _TFRecord:
    """A `tf.train.Example` a row, with the features `source`, `row` and the codes."""

    def __init__(self, path: str) -> None:
        import tensorflow as tf

        self._tf = tf
        self._writer = tf.io.TFRecordWriter(path)

    def write(
        self,
        sources: Sequence[str],
        numbers: Sequence[int],
        codes: Mapping[str, np.ndarray],
    ) -> None:
        train = self._tf.train
        for i, (source, number) in enumerate(zip(sources, numbers, strict=True)):
            features = {
                "source": train.Feature(
                    bytes_list=train.BytesList(value=[source.encode()])
                ),
                "row": train.Feature(int64_list=train.Int64List(value=[number])),
            }
            for name, values in codes.items():
                value = np.asarray(values[i], np.float32).reshape(-1)
                floats = train.FloatList(value=value)
                features[name] = train.Feature(float_list=floats)
            example = train.Example(features=train.Features(feature=features))
            self._writer.write(example.SerializeToString())

    def close(self) -> None:
        self._writer.close()
