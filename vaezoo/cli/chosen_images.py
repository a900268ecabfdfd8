"""Which images of a data set a picture shows."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vaezoo.data import ImageData


def choose(
    count: int, data: "ImageData", seed: int, among: np.ndarray | None = None
) -> np.ndarray:
    """Random different images.

    Args:
        count: How many.
        data: The data.
        seed: Same seed, same images.
        among: Indices to choose from. Default: all.

    Returns:
        Their indices, `(count,)`.

    Raises:
        ValueError: If there are not as many.
    """
    among = np.arange(len(data)) if among is None else among
    if count > len(among):
        raise ValueError(
            f"Expected at least {count} images of the kind that the picture shows. "
            f"Received: {len(among)} in {data!r}"
        )
    return np.random.default_rng(seed).permutation(among)[:count]


def choose_pairs(
    count: int, data: "ImageData", y: np.ndarray | None, seed: int
) -> np.ndarray:
    """Random pairs of different images; with a condition, both have the same.

    Args:
        count: How many pairs.
        data: The data.
        y: The condition of each image, or None.
        seed: Same seed, same pairs.

    Returns:
        Indices, `(2, count)`.

    Raises:
        ValueError: If there are not as many.
    """
    if y is None:
        return choose(2 * count, data, seed).reshape(2, count)
    groups = _groups(y)
    pairs = []
    for first in choose(len(data), data, seed):
        others = np.flatnonzero((groups == groups[first]) & (np.arange(len(y)) > first))
        if len(others):
            pairs.append((first, choose(1, data, seed, others)[0]))
        if len(pairs) == count:
            return np.array(pairs).T
    raise ValueError(
        f"Expected {count} pairs of images with the same condition. "
        f"Received: {len(pairs)} in {data!r}"
    )


def choose_analogies(
    count: int,
    data: "ImageData",
    y: np.ndarray | None,
    classes: tuple[int | None, int | None],
    seed: int,
) -> np.ndarray:
    """Random images a, b, c for a : b :: c : ?, where b is of another class.

    Of data without classes, and with a condition, which all three have in common, they
    are any images.

    Args:
        count: How many analogies.
        data: The data.
        y: The condition of each image, or None.
        classes: The class of a and c, and that of b; None for any two.
        seed: Same seed, same images.

    Returns:
        Indices, `(3, count)`.

    Raises:
        ValueError: If there are no such images.
    """
    random = np.random.default_rng(seed)
    found = []
    for i in range(count):
        if y is not None:
            group = _groups(y) == _groups(y)[random.integers(len(y))]
            found.append(choose(3, data, seed + i, np.flatnonzero(group)))
        elif data.labels is None:
            found.append(choose(3, data, seed + i))
        else:
            present = random.permutation(np.unique(data.labels))
            source, target = _two_classes(classes, present)
            a, c = choose(2, data, seed + i, np.flatnonzero(data.labels == source))
            (b,) = choose(1, data, seed + i, np.flatnonzero(data.labels == target))
            found.append(np.array([a, b, c]))
    return np.array(found).T


def _two_classes(
    wanted: tuple[int | None, int | None], present: np.ndarray
) -> tuple[int, int]:
    """Those that are wanted, else the first of the others."""
    source, target = wanted
    others = [k for k in present.tolist() if k not in wanted]
    others += [k for k in present.tolist() if k in wanted]
    source = others.pop(0) if source is None else source
    return source, others[0] if target is None else target


def _groups(y: np.ndarray) -> np.ndarray:
    """A number for each image, the same for the same condition."""
    index = np.unique(y.reshape(len(y), -1), axis=0, return_inverse=True)[1]
    return index.reshape(-1)
