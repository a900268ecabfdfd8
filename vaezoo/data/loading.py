"""One door to every kind of data."""

import difflib
import operator
import os
import pathlib

import numpy as np

from vaezoo.data.file_sets import FILE_SETS
from vaezoo.data.file_source import read_file_set
from vaezoo.data.image_data import ImageData
from vaezoo.data.npz_files import read_npz
from vaezoo.data.protocols import PROTOCOLS
from vaezoo.data.sprite_splits import sprites_split


def names() -> list[str]:
    """Returns the names of the data sets with a protocol, sorted.

    Every other image data set of TensorFlow Datasets can be loaded by its name too.
    """
    return sorted([*PROTOCOLS, *FILE_SETS, "sprites"])


def load(
    source: str | os.PathLike[str] | np.ndarray | tuple[np.ndarray, np.ndarray],
    split: str | None = None,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    download: bool = True,
    image_size: int | tuple[int, int] | None = None,
) -> ImageData:
    """Loads images into memory.

    The splits of MNIST, Fashion-MNIST and Kuzushiji-MNIST are the first 50,000 training
    images, the last 10,000 training images ("validation") and the 10,000 test images,
    always in the order of the prepared files. Where a data set has a validation split,
    that is used; otherwise the last part of its training split.

    Args:
        source: A name ("mnist", "fashion_mnist", "binarized_mnist", "omniglot",
            "kmnist", "cifar10", "sprites", "frey_faces", "cartoon_set", "cmu_faces", or
            any data set of TensorFlow Datasets with images of one size); an `.npz` file
            with the array `images` and optionally `labels`; an array, (n, height,
            width, channels); or a tuple (images, labels).
        split: "train" (the default of a named data set), "validation" or "test". A
            file or an array has no splits, and is "all" there is.
        data_dir: Folder of the prepared data sets; by default that of TensorFlow
            Datasets: the environment variable TFDS_DATA_DIR, or else
            `~/tensorflow_datasets`. The files of "frey_faces", "cartoon_set" and
            "cmu_faces" are looked for in that folder too, or by default where the
            environment variable VAEZOO_DATA_DIR says, or else in `~/.vaezoo/data`.
        download: Whether to download a data set that is not there. The three that come
            as files are never downloaded: the error says what the file must hold.
        image_size: Side in pixels, or (height, width): the size in which sprites are
            drawn (64), or to which the images of a named data set are shrunk.

    Returns:
        An `ImageData` with images, labels and provenance.

    Raises:
        DatasetUnavailableError: If a named data set can be neither read nor downloaded.
        FileNotFoundError: If there is no such file.
        ValueError: If the name, the split or the images are not what is described here.

    Example:
        >>> vaezoo.data.load("sprites", "test", image_size=28).images.shape
        (2000, 28, 28, 1)
    """
    size = _height_and_width(image_size)
    if isinstance(source, str | os.PathLike):
        path = pathlib.Path(source).expanduser()
        if not isinstance(source, str) or path.suffix == ".npz" or path.is_file():
            _check_whole(split, size, f"the file '{path}'")
            return read_npz(path)
        return _load_named(source, split or "train", data_dir, download, size)
    _check_whole(split, size, "an array")
    images, labels = source if isinstance(source, tuple) else (source, None)
    return ImageData(images, name="array", split="all", labels=labels)


def _load_named(
    name: str,
    split: str,
    data_dir: str | os.PathLike[str] | None,
    download: bool,
    size: tuple[int, int] | None,
) -> ImageData:
    if name == "sprites":
        return sprites_split(split, size or (64, 64))
    if name in FILE_SETS:
        return read_file_set(name, split, data_dir=data_dir, image_size=size)
    from vaezoo.data.tfds_source import read_named

    _check_name(name, data_dir)
    return read_named(
        name, split, data_dir=data_dir, download=download, image_size=size
    )


def _check_name(name: str, data_dir: str | os.PathLike[str] | None) -> None:
    from vaezoo.data.tfds_source import known_names

    base = name.split("/")[0].split(":")[0]
    if base in PROTOCOLS:
        return
    known = [*known_names(), "sprites"]
    root = data_dir or os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets"
    if base in known or (base and (pathlib.Path(root).expanduser() / base).is_dir()):
        return
    near = difflib.get_close_matches(base.lower(), names(), cutoff=0.5)
    near += [n for n in difflib.get_close_matches(base.lower(), known) if n not in near]
    hint = f" Did you mean {' or '.join(map(repr, near[:3]))}?" if near else ""
    raise ValueError(
        f"Expected the name of a data set ({', '.join(names())}, or another one of "
        f"tensorflow_datasets) or an .npz file.{hint} Received: {name!r}"
    )


def _check_whole(split: str | None, size: tuple[int, int] | None, what: str) -> None:
    if split not in (None, "all"):
        raise ValueError(
            f"Expected no split with {what}, which has none: load the images of each "
            f"split by themselves. Received: split={split!r}"
        )
    if size is not None:
        raise ValueError(
            f"Expected no image_size with {what}, whose images are taken as they are. "
            f"Received: image_size={size}"
        )


def _height_and_width(
    image_size: int | tuple[int, int] | None,
) -> tuple[int, int] | None:
    if image_size is None:
        return None
    try:
        height, width = np.broadcast_to(np.asarray(image_size), (2,))
        size = operator.index(height), operator.index(width)
    except (TypeError, ValueError) as error:
        raise ValueError(
            "Expected image_size, an integer or (height, width). "
            f"Received: {image_size!r}"
        ) from error
    return size
