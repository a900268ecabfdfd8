"""The data of a recipe."""

import os

import vaezoo.data
from vaezoo.data import ImageData

SPLITS = ("train", "validation", "test")


def load_splits(
    name: str,
    data_dir: str | os.PathLike[str] | None = None,
    limit: int | None = None,
) -> dict[str, ImageData]:
    """All splits of a named data set.

    Args:
        name: As for `vaezoo.data.load`.
        data_dir: Folder of the prepared data sets.
        limit: How many images of each split, to try a recipe out; `None` for all.

    Returns:
        "train", "validation" and "test" data.

    Raises:
        ValueError: If the name is unknown.
        OSError: If the data set is neither there nor can be downloaded.
    """
    return {
        split: vaezoo.data.load(name, split, data_dir=data_dir).first(limit)
        for split in SPLITS
    }
