"""The direction in latent space that an attribute takes."""

from typing import Any

import numpy as np

from vaezoo.plotting.arguments import check_rows, check_vectors


def attribute_direction(codes: Any, attribute: Any, balance: Any = None) -> np.ndarray:
    """From images without an attribute to images with it: the difference of the means.

    Attributes that occur together bleed into each other: if most smiling people of a
    data set are women, the smile's direction also changes the sex. With `balance`, the
    groups that have equal values of those other attributes count equally, as if the
    images of the smaller ones were repeated until all are of one size (White 2016,
    section 3.1). A group in which all have the attribute, or none, says nothing of it
    and is left out.

    Args:
        codes: Latent vectors, `(n, latent_dim)`.
        attribute: Whether each has it, bool or 0/1, `(n,)`.
        balance: Other attributes, of discrete values, `(n,)` or `(n, attributes)`.

    Returns:
        float64 `(latent_dim,)`.

    Raises:
        ValueError: If lengths differ, or there are no groups to compare.

    Example:
        >>> codes = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
        >>> attribute_direction(codes, [0, 1, 0, 1, 1]).round(3).tolist()
        [1.0, 0.167]
        >>> balance = [0, 0, 1, 1, 1]
        >>> attribute_direction(codes, [0, 1, 0, 1, 1], balance).tolist()
        [1.0, 0.0]
    """
    codes = check_vectors("codes", codes)
    has = _check_attribute(attribute, len(codes))
    differences = []
    for group in _groups(balance, len(codes)):
        inside, outside = codes[group & has], codes[group & ~has]
        if len(inside) and len(outside):
            differences.append(inside.mean(axis=0) - outside.mean(axis=0))
    if not differences:
        raise ValueError(
            "Expected images with the attribute and images without it, in at least "
            f"one of the groups to balance. Received: {int(has.sum())} of {len(has)} "
            "with it"
        )
    return np.mean(differences, axis=0)


def _groups(balance: Any, count: int) -> list[np.ndarray]:
    """Masks `(n,)` of the rows that agree in all attributes to balance."""
    if balance is None:
        return [np.ones(count, bool)]
    values = check_rows("balance", balance, count).reshape(count, -1)
    index = np.unique(values, axis=0, return_inverse=True)[1].reshape(-1)
    return [index == group for group in range(index.max() + 1)]


def _check_attribute(attribute: Any, count: int) -> np.ndarray:
    array = check_rows("attribute", attribute, count)
    if array.ndim != 1 or not np.isin(array, (0, 1)).all():
        raise ValueError(
            f"Expected `attribute` of shape ({count},), of True and False or 0 and 1. "
            f"Received: shape {array.shape}, dtype {array.dtype}"
        )
    return array.astype(bool)
