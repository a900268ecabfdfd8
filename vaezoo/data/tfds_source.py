"""Named data sets, read with TensorFlow Datasets."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import numpy as np

from vaezoo.data import tfds_download
from vaezoo.data.area_averaging import shrink
from vaezoo.data.image_data import ImageData
from vaezoo.data.protocols import PROTOCOLS, Protocol, split_instruction
from vaezoo.data.unavailable import DatasetUnavailableError

_BATCH = 500


def known_names() -> list[str]:
    """Returns the names of all data sets of TensorFlow Datasets, of images or not."""
    import tensorflow_datasets as tfds

    return tfds.list_builders(with_community_datasets=False)


def read_named(
    name: str,
    split: str,
    *,
    data_dir: str | os.PathLike[str] | None,
    download: bool,
    image_size: tuple[int, int] | None,
) -> ImageData:
    """Reads a split of a data set whose examples have an "image" feature.

    Args:
        name: A name of TensorFlow Datasets, `name`, `name/config` or `name:version`.
        split: "train", "validation", "test" or another split of the data set.
        data_dir: Folder of the prepared data sets; `None` for the default.
        download: Whether to download what is not there.
        image_size: (height, width) to shrink to, or `None`.

    Raises:
        DatasetUnavailableError: If it can be neither read nor downloaded.
        ValueError: If it has no such split or no images of one size.
    """
    builder = _prepared_builder(name, data_dir, download)
    protocol = PROTOCOLS.get(builder.name, Protocol())
    sizes = {key: value.num_examples for key, value in builder.info.splits.items()}
    part = split_instruction(builder.name, split, sizes)
    images, labels = _read(builder, part, image_size)
    info = builder.info
    return ImageData(
        images=images,
        name=builder.name,
        split=split,
        labels=labels,
        num_classes=None if labels is None else info.features["label"].num_classes,
        licence=protocol.licence or info.redistribution_info.license or "not stated",
        reference=protocol.reference or info.citation.strip() or str(info.homepage),
        note=protocol.note,
    )


def _prepared_builder(
    name: str, data_dir: str | os.PathLike[str] | None, download: bool
) -> Any:
    import tensorflow_datasets as tfds

    if data_dir is not None:
        data_dir = pathlib.Path(data_dir).expanduser()
    try:
        with tfds_download.quiet():
            builder = tfds.builder(name, data_dir=data_dir)
            prepared = builder.is_prepared()
    except Exception as error:
        where = data_dir or "the default data directory"
        tried = (f"tensorflow_datasets with the prepared data in {where}",)
        raise DatasetUnavailableError(name, tried, error) from error
    # Before gigabytes are fetched that hold no images.
    _check_features(builder)
    if not prepared:
        tried = (f"the prepared data in {builder.data_dir_root}",)
        if not download:
            cause = "it is not prepared there, and download=False"
            raise DatasetUnavailableError(name, tried, cause)
        tfds_download.prepare(builder, tried)
    return builder


def _check_features(builder: Any) -> None:
    features = builder.info.features
    shape = features["image"].shape if "image" in features else None
    if shape is None or len(shape) != 3 or None in shape:
        described = ", ".join(f"{key} {value.shape}" for key, value in features.items())
        raise ValueError(
            "Expected a data set with a feature 'image' of one fixed size. "
            f"Received: '{builder.name}' with {described}"
        )


def _read(
    builder: Any, part: tuple[str, int, int], image_size: tuple[int, int] | None
) -> tuple[np.ndarray, np.ndarray | None]:
    import tensorflow as tf

    split, start, stop = part
    keys = [key for key in ("image", "label") if _wanted(builder.info.features, key)]
    images, labels = [], []
    try:
        with tfds_download.quiet():
            dataset = _in_order(builder, f"{split}[{start}:{stop}]", keys)
            for batch in dataset.as_numpy_iterator():
                images.append(_converted(builder.name, batch["image"], image_size))
                labels.append(batch.get("label"))
    except tf.errors.OpError as error:
        tried = (f"the prepared data in {builder.data_dir}",)
        raise DatasetUnavailableError(builder.name, tried, error) from error
    has_labels = "label" in keys
    return np.concatenate(images), np.concatenate(labels) if has_labels else None


def _wanted(features: Any, key: str) -> bool:
    return key == "image" or (key in features and hasattr(features[key], "num_classes"))


def _in_order(builder: Any, instruction: str, keys: list[str]) -> Any:
    """Returns batches in the order of the files, which never changes."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    options = tf.data.Options()
    options.autotune.enabled = False
    features = builder.info.features
    dataset = builder.as_dataset(
        split=instruction,
        shuffle_files=False,
        decoders=tfds.decode.PartialDecoding({key: features[key] for key in keys}),
        read_config=tfds.ReadConfig(
            interleave_cycle_length=1, try_autocache=False, options=options
        ),
    )
    return dataset.batch(_BATCH)


def _converted(
    name: str, images: np.ndarray, image_size: tuple[int, int] | None
) -> np.ndarray:
    if name == "binarized_mnist":
        images = images * np.uint8(255)
    if name == "omniglot":
        images = 255 - images[..., :1]
        image_size = image_size or (28, 28)
    return images if image_size is None else shrink(images, *image_size)
