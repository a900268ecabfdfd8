"""Encoding of a data set: finds the shards, runs the pipeline, says what came."""

import contextlib
import hashlib
import json
import os
import uuid
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions

from vaezoo.beam.code_files import FORMATS
from vaezoo.beam.encode_shards import EncodeShards, code_path
from vaezoo.beam.shards import Shard, find_shards
from vaezoo.integers import check_count


class Encoded(NamedTuple):
    """What an encoding has written.

    Attributes:
        files: The files of codes, one a shard.
        skipped: How many of them were there before.
    """

    files: list[str]
    skipped: int


def encode(
    model: str | os.PathLike[str],
    inputs: str,
    output: str | os.PathLike[str],
    file_format: str = "parquet",
    *,
    image: str = "image",
    condition: str | None = None,
    batch_size: int = 256,
    rows: int = 10_000,
    pipeline_options: Sequence[str] = (),
) -> Encoded:
    """Encodes images into files of codes, in parallel.

    An encoding that was interrupted is called again: it goes on with the shards whose
    files are not there. `OUTPUT.run.json` remembers what it is an encoding of.

    Args:
        model: A model's name or folder; for workers elsewhere, the URL of an exported
            version folder that they can read.
        inputs: See `find_shards`.
        output: What the names of the files begin with; a folder must exist.
        file_format: "parquet" or "tfrecord".
        image: Name of the images: of an array, or of a feature.
        condition: Name of the condition, likewise, if the model takes one.
        batch_size: Images at a time.
        rows: How many image files, or rows of a data set, make a shard.
        pipeline_options: Beam's options, such as `--runner=FlinkRunner`.

    Returns:
        What was written.

    Raises:
        ValueError: If an argument is out of range, nothing matches, or the output holds
            codes of another model or of other images.
    """
    output = os.fspath(output)
    if file_format not in FORMATS:
        raise ValueError(
            f"Expected `file_format` to be one of {list(FORMATS)}. "
            f"Received: file_format={file_format!r}"
        )
    batch_size = check_count("batch_size", batch_size, 1)
    folder = _exported(model)
    shards = find_shards(inputs, rows)
    _check_same_run(f"{output}.run.json", folder, shards, (image, condition))
    paths = [code_path(output, file_format, shard) for shard in shards]
    left = [s for s, path in zip(shards, paths, strict=True) if not _exists(path)]
    if left:
        with beam.Pipeline(options=PipelineOptions(list(pipeline_options))) as pipeline:
            shards_to_do = pipeline | "Shards" >> beam.Create(left)
            _ = shards_to_do | "Codes" >> EncodeShards(
                folder, output, file_format, image, condition, batch_size
            )
    return Encoded(paths, len(shards) - len(left))


def _exists(path: str) -> bool:
    return FileSystems.exists(path)


def _exported(model: str | os.PathLike[str]) -> str:
    """The version folder that the workers load."""
    text = os.fspath(model)
    if "://" not in text:
        from vaezoo.zoo.catalog import version_folder

        text = str(version_folder(model).resolve())
    graph = FileSystems.join(text, "saved_model.pb")
    if not FileSystems.exists(graph):
        raise ValueError(
            "Expected the version folder of an exported model. "
            f"Received: {text!r}, without saved_model.pb"
        )
    return text


def _check_same_run(
    path: str, model: str, shards: Iterable[Shard], names: tuple[str | None, ...]
) -> None:
    """Remembers what is encoded, or compares it with what is remembered."""
    with FileSystems.open(FileSystems.join(model, "saved_model.pb")) as graph:
        digest = hashlib.sha256(graph.read())
    variables = FileSystems.match([FileSystems.join(model, "variables", "*")])[0]
    for file in sorted(variables.metadata_list, key=lambda file: file.path):
        with FileSystems.open(file.path) as content:
            digest.update(content.read())
    inputs = hashlib.sha256(repr([*shards, names]).encode())
    run = {"model": digest.hexdigest(), "inputs": inputs.hexdigest()}
    if not FileSystems.exists(path):
        hidden = f"{path}.{uuid.uuid4().hex}.part"
        with contextlib.closing(FileSystems.create(hidden, "text/plain")) as file:
            file.write(json.dumps(run).encode())
        FileSystems.rename([hidden], [path])
        return
    with FileSystems.open(path) as file:
        before = json.loads(file.read())
    for what, digest in run.items():
        if before.get(what) != digest:
            raise ValueError(
                f"Expected an output of the same model and inputs, or a new one. "
                f"Received: {path!r}, which remembers other {what}"
            )
