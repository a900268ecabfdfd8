"""The transform: from shards of images to files of codes."""

import itertools
import pathlib
import shutil
import tempfile
import uuid
from collections.abc import Iterator

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.metrics import Metrics
from apache_beam.utils.shared import Shared

from vaezoo.beam.code_files import open_code_file
from vaezoo.beam.shards import Shard


class EncodeShards(beam.PTransform):
    """Encodes each shard of images into one file of codes.

    A file is written under a name of its own and renamed when it is whole, so that one
    that is there is complete: a shard whose file is there is skipped. It is the same
    whichever worker writes it, and however often. (Beam's `RunInference` works on
    single elements, which belong to no file; and its TensorFlow handlers load with
    `tf.keras.models.load_model`, which in Keras 3 reads no SavedModel.)

    Args:
        model: The version folder of an exported model, where the workers can read it.
        output: What the names of the files begin with.
        file_format: "parquet" or "tfrecord".
        image: Name of the images in the input.
        condition: Name of the condition in the input, if the model takes one.
        batch_size: Images at a time.

    Example: `shards | beam.Create(...) | EncodeShards(model, "gs://bucket/codes")`.
    """

    def __init__(
        self,
        model: str,
        output: str,
        file_format: str = "parquet",
        image: str = "image",
        condition: str | None = None,
        batch_size: int = 256,
    ) -> None:
        super().__init__()
        self._arguments = (model, output, file_format, image, condition, batch_size)

    def expand(self, shards: beam.PCollection) -> beam.PCollection:
        """Adds the steps to a pipeline.

        Args:
            shards: `Shard`s.

        Returns:
            Pairs of a file's path and the number of its rows; of a skipped shard, 0.
        """
        # Lest the runner fuses them with what made them, and one worker takes all.
        spread = shards | "Spread" >> beam.Reshuffle()
        return spread | "Encode" >> beam.ParDo(_EncodeShard(*self._arguments))


def code_path(output: str, file_format: str, shard: Shard) -> str:
    """The path of a shard's file of codes."""
    return f"{output}-{shard.index:05}-of-{shard.count:05}.{file_format}"


class _EncodeShard(beam.DoFn):
    def __init__(
        self,
        model: str,
        output: str,
        file_format: str,
        image: str,
        condition: str | None,
        batch_size: int,
    ) -> None:
        self._model, self._output, self._format = model, output, file_format
        self._names = (image, condition)
        self._batch_size = batch_size
        self._shared = Shared()
        self._rows = Metrics.counter("vaezoo", "rows")
        self._skipped = Metrics.counter("vaezoo", "skipped_shards")

    def setup(self) -> None:
        """Loads the model, once for all threads of a worker."""
        from vaezoo.beam.exported import ExportedEncoder

        self._encoder = self._shared.acquire(lambda: ExportedEncoder(self._model))

    def process(self, shard: Shard) -> Iterator[tuple[str, int]]:
        """Encodes one shard, unless that has been done."""
        path = code_path(self._output, self._format, shard)
        if FileSystems.exists(path):
            self._skipped.inc()
            yield path, 0
            return
        with tempfile.TemporaryDirectory() as folder:
            local = pathlib.Path(folder) / "codes"
            count = self._write(shard, str(local))
            hidden = f"{path}.{uuid.uuid4().hex}.part"
            with (
                local.open("rb") as codes,
                FileSystems.create(hidden, "application/octet-stream") as copy,
            ):
                shutil.copyfileobj(codes, copy)
        FileSystems.rename([hidden], [path])
        self._rows.inc(count)
        yield path, count

    def _write(self, shard: Shard, path: str) -> int:
        from vaezoo.beam.rows import read_rows

        rows, count = read_rows(shard, *self._names), 0
        file = open_code_file(path, self._format)
        try:
            while batch := list(itertools.islice(rows, self._batch_size)):
                codes = self._encoder.encode(batch)
                sources = [row.source for row in batch]
                file.write(sources, [row.number for row in batch], codes)
                count += len(batch)
        finally:
            file.close()
        if not count:
            raise ValueError(
                f"Expected at least one image in a shard. Received: {shard.sources[0]}"
            )
        return count
