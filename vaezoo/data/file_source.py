"""Named data sets, read from one `.npz` file that is not downloaded."""

import dataclasses
import os
import pathlib

import numpy as np

from vaezoo.data.area_averaging import shrink
from vaezoo.data.file_sets import FILE_SETS, FileSet
from vaezoo.data.image_data import ImageData
from vaezoo.data.npz_files import read_arrays
from vaezoo.data.unavailable import DatasetUnavailableError

FOLDER_VARIABLE = "VAEZOO_DATA_DIR"
DEFAULT_FOLDER = "~/.vaezoo/data"


def read_file_set(
    name: str,
    split: str,
    *,
    data_dir: str | os.PathLike[str] | None,
    image_size: tuple[int, int] | None,
) -> ImageData:
    """Reads a split of a data set of `FILE_SETS`.

    Args:
        name: One of `FILE_SETS`.
        split: "train", "validation" or "test".
        data_dir: Folder of the file; `None` for the environment variable
            VAEZOO_DATA_DIR, or else `~/.vaezoo/data`.
        image_size: (height, width) to shrink to, or `None`.

    Raises:
        DatasetUnavailableError: If there is no such file.
        ValueError: If there is no such split, or the file holds something else.
    """
    file_set = FILE_SETS[name]
    if split not in file_set.sizes:
        raise ValueError(
            f"Expected a split of '{name}': {', '.join(file_set.sizes)}. "
            f"Received: {split!r}"
        )
    path = _existing(name, file_set, data_dir)
    data = _split(name, file_set, split, read_arrays(path, file_set.keys), path)
    if image_size is None:
        return data
    return dataclasses.replace(data, images=shrink(data.images, *image_size))


def _existing(
    name: str, file_set: FileSet, data_dir: str | os.PathLike[str] | None
) -> pathlib.Path:
    folder = data_dir or os.environ.get(FOLDER_VARIABLE) or DEFAULT_FOLDER
    path = pathlib.Path(folder).expanduser() / file_set.file
    if path.is_file():
        return path
    raise DatasetUnavailableError(
        name,
        (f"the file '{path}'",),
        "there is no such file, and nothing is downloaded for this data set.",
        f"Put {file_set.file} there, or into the folder that `data_dir=` or the "
        f"environment variable {FOLDER_VARIABLE} names.\n"
        f"  It is made of {file_set.source}.\n"
        f"  Its arrays, as `numpy.savez_compressed` writes them: {file_set.contents}.",
    )


def _split(
    name: str,
    file_set: FileSet,
    split: str,
    arrays: dict[str, np.ndarray],
    path: pathlib.Path,
) -> ImageData:
    wrong = _first_difference(file_set, arrays)
    if wrong:
        raise ValueError(
            f"Expected in the file of '{name}' the arrays {file_set.contents}. "
            f"Received: '{path}' {wrong}"
        )
    groups = arrays[file_set.groups] if file_set.groups else None
    rows = file_set.indices(split, groups)
    has_attributes = bool(file_set.attribute_names)
    return ImageData(
        images=arrays["images"][rows],
        name=name,
        split=split,
        attributes=arrays["attributes"][rows] if has_attributes else None,
        attribute_names=file_set.attribute_names,
        licence=file_set.licence,
        reference=file_set.reference,
        note=file_set.note,
    )


def _first_difference(file_set: FileSet, arrays: dict[str, np.ndarray]) -> str:
    """What the file has instead of what it must have; empty if it is right."""
    missing = [key for key in file_set.keys if key not in arrays]
    if missing:
        return f"without {', '.join(map(repr, missing))}"
    count, names = file_set.shape[0], file_set.attribute_names
    wanted = {"images": (file_set.shape, np.uint8)}
    if names:
        wanted["attributes"] = ((count, len(names)), np.uint8)
        found = tuple(map(str, arrays["attribute_names"].ravel()))
        if found != names:
            return f"with the attribute names {', '.join(found)}"
    if file_set.groups:
        wanted[file_set.groups] = ((count,), np.integer)
    for key, (shape, dtype) in wanted.items():
        array = arrays[key]
        if array.shape != shape or not np.issubdtype(array.dtype, dtype):
            return f"with '{key}' of shape {array.shape}, dtype {array.dtype}"
    if names and arrays["attributes"].max() > 1:
        return f"with attributes of up to {arrays['attributes'].max()}"
    if file_set.groups:
        groups = len(np.unique(arrays[file_set.groups]))
        if groups != sum(file_set.sizes.values()):
            return f"with {groups} different values of '{file_set.groups}'"
    return ""
