"""Images in a NumPy `.npz` file."""

import pathlib
import zipfile
import zlib

import numpy as np

from vaezoo.data.image_data import ImageData

_READ = ("images", "labels", "attributes", "attribute_names")


def read_npz(path: pathlib.Path) -> ImageData:
    """Reads the images of an `.npz` file, with what else is known about them.

    Read are the arrays `images`, (n, height, width, channels), and, where present,
    `labels`, (n,), and `attributes`, (n, k), with their `attribute_names`, (k,). Other
    arrays in the file are left alone. Nothing is unpickled.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged, has no `images`, or they are not images.
    """
    if not path.is_file():
        raise FileNotFoundError(f"Expected an .npz file. Received: {str(path)!r}")
    arrays = _read_arrays(path)
    try:
        return _image_data(arrays, path.stem)
    except ValueError as error:
        raise ValueError(f"In the file '{path}': {error}") from error


def _read_arrays(path: pathlib.Path) -> dict[str, np.ndarray]:
    try:
        # A stream of our own: NumPy leaves a damaged file open when given a path.
        with path.open("rb") as stream:
            archive = np.load(stream, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("it is a single array, an .npy file")
            if "images" in archive.files:
                return {key: archive[key] for key in _READ if key in archive.files}
            keys = archive.files
    except (
        ValueError,
        OSError,
        EOFError,
        NotImplementedError,
        SyntaxError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise ValueError(
            "Expected an .npz file of plain arrays, as `numpy.savez` writes it. "
            f"Received: '{path}', which cannot be read "
            f"({type(error).__name__}: {error})"
        ) from error
    raise ValueError(
        "Expected an .npz file with an array named 'images' (and optionally 'labels', "
        f"'attributes' with 'attribute_names'). Received: '{path}' with "
        f"{', '.join(map(repr, keys)) or 'no arrays'}"
    )


def _image_data(arrays: dict[str, np.ndarray], name: str) -> ImageData:
    attributes = arrays.get("attributes")
    names = tuple(map(str, arrays.get("attribute_names", ())))
    if attributes is not None and not names and attributes.ndim == 2:
        names = tuple(f"attribute_{column}" for column in range(attributes.shape[1]))
    return ImageData(
        images=arrays["images"],
        name=name,
        split="all",
        labels=arrays.get("labels"),
        attributes=attributes,
        attribute_names=names if attributes is not None else (),
    )
