"""What one worker encodes at a time: a file, some files, or rows of a data set."""

import pathlib
from typing import NamedTuple

from apache_beam.io.filesystems import FileSystems

from vaezoo.integers import check_count

IMAGE_ENDINGS = (".png", ".jpg", ".jpeg")
_DATA_SET = "tfds:"


class Shard(NamedTuple):
    """A part of the input, and where it stands among the parts.

    Attributes:
        kind: "npz", "tfrecord", "images" or "tfds".
        sources: Paths of files; of "tfds", the name of the data set.
        index: Its number, from 0.
        count: How many shards there are.
        state: What changes when the input does: size and time of each file.
        instruction: Of "tfds", which rows: `"train[0:1000]"`.
    """

    kind: str
    sources: tuple[str, ...]
    index: int
    count: int
    state: str
    instruction: str = ""


def find_shards(pattern: str, rows: int = 10_000) -> list[Shard]:
    """The shards of an input, in the order of their names.

    Args:
        pattern: Files, on any file system that Beam knows: `.npz` or `.tfrecord`, of
            which each is a shard, or `.png` and `.jpg`. Or a data set that is prepared
            for `tensorflow_datasets`, as `tfds:mnist/test`.
        rows: How many image files, or rows of a data set, make a shard.

    Returns:
        The shards.

    Raises:
        ValueError: If nothing matches, or files of another kind do.
    """
    rows = check_count("rows", rows, 1)
    if pattern.startswith(_DATA_SET):
        return _of_data_set(pattern.removeprefix(_DATA_SET), rows)
    found = FileSystems.match([pattern])[0].metadata_list
    found = sorted(found, key=lambda file: file.path)
    if not found:
        raise ValueError(f"Expected files to encode. Received: no file of {pattern!r}")
    kinds = {_kind(file.path) for file in found}
    if len(kinds) > 1:
        raise ValueError(
            "Expected files of one kind, .npz, .tfrecord, or .png and .jpg. "
            f"Received: {', '.join(sorted(kinds))} in {pattern!r}"
        )
    (kind,) = kinds
    size = rows if kind == "images" else 1
    groups = [found[start : start + size] for start in range(0, len(found), size)]
    return [
        Shard(
            kind,
            tuple(file.path for file in group),
            index,
            len(groups),
            repr(
                [(file.size_in_bytes, file.last_updated_in_seconds) for file in group]
            ),
        )
        for index, group in enumerate(groups)
    ]


def _kind(path: str) -> str:
    name = path.rpartition("/")[2].lower()
    ending = pathlib.PurePosixPath(name).suffix
    if ending in IMAGE_ENDINGS:
        return "images"
    if ending == ".npz":
        return "npz"
    # As in `train.tfrecord-00000-of-00010`, and as tensorflow_datasets has it.
    if ".tfrecord" in name and not name.endswith(".gz"):
        return "tfrecord"
    raise ValueError(
        "Expected files to encode that end in .npz, .tfrecord, .png or .jpg. "
        f"Received: {path!r}"
    )


def _of_data_set(text: str, rows: int) -> list[Shard]:
    import tensorflow_datasets as tfds

    name, _, split = text.rpartition("/")
    if not name:
        raise ValueError(
            "Expected a data set with its split, as tfds:mnist/test. "
            f"Received: tfds:{text}"
        )
    builder = tfds.builder(name)
    if split not in builder.info.splits:
        raise ValueError(
            f"Expected a prepared data set {name!r} with one of the splits "
            f"{sorted(builder.info.splits)}. Received: {split!r}"
        )
    total = builder.info.splits[split].num_examples
    state = f"{builder.info.full_name} {total}"
    starts = range(0, total, rows)
    return [
        Shard(
            "tfds",
            (name,),
            index,
            len(starts),
            state,
            f"{split}[{start}:{min(start + rows, total)}]",
        )
        for index, start in enumerate(starts)
    ]
