"""Images in a NumPy `.npz` file."""

import pathlib
from collections.abc import Iterable

import numpy as np

from vaezoo import npz_arrays
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
    arrays = read_arrays(path, _READ)
    try:
        return _image_data(arrays, path.stem)
    except (TypeError, ValueError) as error:
        raise ValueError(f"In the file '{path}': {error}") from error


def read_arrays(path: pathlib.Path, keys: Iterable[str]) -> dict[str, np.ndarray]:
    """Reads those of the named arrays that an `.npz` file with `images` has.

    Args:
        path: The file.
        keys: Names of arrays, `images` among them.

    Returns:
        The arrays by name.

    Raises:
        ValueError: If the file is damaged or has no `images`.
    """
    try:
        arrays, found = npz_arrays.read_arrays(path, keys)
    except ValueError as error:
        raise ValueError(
            "Expected an .npz file of plain arrays, as `numpy.savez` writes it. "
            f"Received: '{path}', which cannot be read ({error})"
        ) from error
    if "images" in arrays:
        return arrays
    raise ValueError(
        "Expected an .npz file with an array named 'images' (and optionally 'labels', "
        f"'attributes' with 'attribute_names'). Received: '{path}' with "
        f"{', '.join(map(repr, found)) or 'no arrays'}"
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
