"""The rows of a shard, read where it is encoded."""

import contextlib
import pathlib
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from apache_beam.io.filesystems import FileSystems

from vaezoo.beam.shards import Shard


class Row(NamedTuple):
    """An image to encode.

    Attributes:
        source: The file or the data set that it is of.
        number: Which of the source's images it is, from 0.
        image: The bytes of a PNG or JPEG file, or an array of pixels.
        condition: What a conditional model is given beside it, or None.
    """

    source: str
    number: int
    image: Any
    condition: Any = None


def read_rows(shard: Shard, image: str, condition: str | None) -> Iterator[Row]:
    """The images of a shard.

    Args:
        shard: What to read.
        image: Name of the images: of the array of an `.npz` file, of the feature of
            a `tf.train.Example` or of a data set.
        condition: Name of the condition, likewise, if the model takes one.

    Yields:
        The rows.

    Raises:
        ValueError: If there is nothing of that name.
    """
    if shard.kind == "tfds":
        yield from _of_data_set(shard, image, condition)
    for source in shard.sources if shard.kind != "tfds" else ():
        if shard.kind == "images":
            with FileSystems.open(source) as file:
                yield Row(source, 0, file.read())
            continue
        with local_copy(source) as path:
            read = _of_npz if shard.kind == "npz" else _of_tfrecord
            for number, (pixels, value) in enumerate(read(path, image, condition)):
                yield Row(source, number, pixels, value)


@contextlib.contextmanager
def local_copy(source: str) -> Iterator[str]:
    """A path that any library can read: the file itself where it is a local one."""
    if FileSystems.get_scheme(source) is None:
        yield source
        return
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / source.rpartition("/")[2]
        with FileSystems.open(source) as remote, path.open("wb") as local:
            shutil.copyfileobj(remote, local)
        yield str(path)


def _of_npz(path: str, image: str, condition: str | None) -> Iterator[tuple[Any, Any]]:
    with np.load(path, allow_pickle=False) as arrays:
        names = arrays.files
        if image not in names and len(names) == 1:
            (image,) = names
        for name in filter(None, (image, condition)):
            if name not in names:
                raise ValueError(
                    f"Expected an array {name!r} in {path}. Received: {names}"
                )
        images = arrays[image]
        values = arrays[condition] if condition else [None] * len(images)
    if len(values) != len(images):
        raise ValueError(
            f"Expected a condition for each of the {len(images)} images in {path}. "
            f"Received: {len(values)}"
        )
    yield from zip(images, values, strict=True)


def _of_tfrecord(
    path: str, image: str, condition: str | None
) -> Iterator[tuple[Any, Any]]:
    for record in tf.data.TFRecordDataset(path).as_numpy_iterator():
        if condition is None and record.startswith((b"\x89PNG", b"\xff\xd8\xff")):
            yield record, None
            continue
        features = tf.train.Example.FromString(record).features.feature
        for name in filter(None, (image, condition)):
            if name not in features:
                raise ValueError(
                    f"Expected a feature {name!r} in each record of {path}. "
                    f"Received: {sorted(features)}"
                )
        (file,) = features[image].bytes_list.value
        yield file, None if condition is None else _number(features[condition])


def _number(feature: tf.train.Feature) -> Any:
    values = feature.int64_list.value or feature.float_list.value
    return values[0] if len(values) == 1 else list(values)


def _of_data_set(shard: Shard, image: str, condition: str | None) -> Iterator[Row]:
    import tensorflow_datasets as tfds

    (name,) = shard.sources
    start = int(shard.instruction.partition("[")[2].partition(":")[0])
    read = tfds.ReadConfig(interleave_cycle_length=1)
    data = tfds.load(name, split=shard.instruction, read_config=read)
    for number, features in enumerate(data.as_numpy_iterator()):
        value = None if condition is None else features[condition]
        yield Row(f"tfds:{name}", start + number, features[image], value)
