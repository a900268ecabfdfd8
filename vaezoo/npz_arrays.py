"""The arrays of an `.npz` file that came from anywhere."""

import os
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from vaezoo.input_file import open_regular

# A file of compressed arrays may be unpacked to this size at any rate, and beyond it to
# so many times its own: black images are packed 1,000 times, others 50 times at most.
_UNPACKED_BYTES = 2**30
_UNPACKED_TIMES = 200


def read_arrays(
    path: Path, keys: Iterable[str] | None = None
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Reads arrays of an `.npz` file; nothing is unpickled.

    Args:
        path: The file.
        keys: The arrays to read, where they are there. Default: all.

    Returns:
        The arrays by name, and the names of all arrays of the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, no such file, or unpacks to far more than its
            size; the message says why.
    """
    try:
        with open_regular(path) as stream:
            start = stream.read(4)
            if start == b"\x93NUM":
                raise ValueError("it is a single array, an .npy file")
            if start[:2] != b"PK":
                raise ValueError("it does not begin as an .npz file does")
            stream.seek(0)
            with np.load(stream, allow_pickle=False) as archive:
                names = list(archive.files)
                wanted = [key for key in keys or names if key in names]
                _check_sizes(archive.zip, wanted, os.fstat(stream.fileno()).st_size)
                return {key: archive[key] for key in wanted}, names
    except FileNotFoundError:
        raise
    except Exception as error:  # Of a damaged file, NumPy raises almost anything.
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _check_sizes(archive: zipfile.ZipFile, keys: Iterable[str], packed: int) -> None:
    names = archive.namelist()
    entries = [key if key in names else f"{key}.npy" for key in keys]
    size = sum(archive.getinfo(entry).file_size for entry in entries)
    limit = max(_UNPACKED_BYTES, _UNPACKED_TIMES * packed)
    if size > limit:
        raise ValueError(
            f"its {packed:,} bytes unpack to {size:,}, more than the {limit:,} allowed"
        )
