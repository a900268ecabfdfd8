"""The check that a weights file holds plain numbers and nothing else."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

import h5py

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def check_weights(path: Path, parameters: int) -> None:
    """Checks that an HDF5 file holds only arrays of numbers that lie in the file.

    Refused are links, external and virtual datasets, which can read other files, and
    arrays that would be larger in memory than the file (compression bombs).

    Args:
        path: The file.
        parameters: How many numbers it must hold at least.

    Raises:
        ValueError: If it is not such a file.
    """
    with open(path, "rb") as file:
        if file.read(len(_SIGNATURE)) != _SIGNATURE:
            raise ValueError("it is not an HDF5 file")
    try:
        with h5py.File(path, "r") as file:
            arrays = list(_arrays(file))
            counts = [math.prod(array.shape or ()) for array in arrays]
            sizes = zip(counts, arrays, strict=True)
            size = sum(count * array.dtype.itemsize for count, array in sizes)
            count = sum(counts)
    except ValueError:
        raise
    except Exception as error:  # Of a damaged file, h5py raises almost anything.
        raise ValueError(f"it is damaged ({error})") from error
    if size > os.path.getsize(path):
        raise ValueError(f"its arrays take {size:,} bytes, more than the file has")
    if count < parameters:
        raise ValueError(f"it holds {count:,} numbers; expected {parameters:,}")


def _arrays(group: h5py.Group) -> Iterator[h5py.Dataset]:
    """Every array in a group, once it is known to be one."""
    for key in group:
        # Keras writes a tree; a second hard link to one place could make a cycle.
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise ValueError(f"it links to something else at {group.name}/{key}")
        item = group[key]
        if h5py.h5o.get_info(item.id).rc > 1:
            raise ValueError(f"it has two names for {item.name}")
        if isinstance(item, h5py.Group):
            yield from _arrays(item)
        else:
            _check_array(item)
            yield item


def _check_array(dataset: h5py.Dataset | h5py.Datatype) -> None:
    if not isinstance(dataset, h5py.Dataset):
        raise ValueError(f"it holds something other than an array at {dataset.name}")
    if dataset.external or dataset.is_virtual:
        raise ValueError(f"it reads another file at {dataset.name}")
    # "V2" is how bfloat16 is stored.
    if dataset.dtype.kind not in "biuf" and dataset.dtype.str != "|V2":
        raise ValueError(
            f"it holds {dataset.dtype} at {dataset.name}; expected numbers"
        )
