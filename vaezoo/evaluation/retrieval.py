"""The images that are nearest to an image by their codes."""

from typing import Any

from vaezoo.evaluation.nearest_neighbors import Neighbors, nearest_neighbors
from vaezoo.evaluation.representation import representation


def retrieve(represent: Any, queries: Any, images: Any, k: int = 5) -> Neighbors:
    """Finds the images whose codes are nearest to those of other images.

    Args:
        represent: A model, whose codes are its posterior means, or any function from
            images to `(n, dims)`.
        queries: uint8 or floats in [0, 1], `(n, height, width, channels)`.
        images: The same, `(m, height, width, channels)`, to search among. A query that
            is one of them finds itself first.
        k: How many to find.

    Returns:
        `Neighbors`: the indices of the images and their Euclidean distances, both
        `(n, k)`, nearest first.

    Raises:
        ValueError: If images do not fit, there are fewer than k, or it is no
            representation.

    Example:
        >>> found = retrieve(model, images[:2], images, k=3)
        >>> found.indices[:, 0], found.indices.shape
        (array([0, 1]), (2, 3))
    """
    if represent is None:
        raise ValueError(
            "Expected a model or a function from images to codes. Received: None"
        )
    return nearest_neighbors(queries, images, k, representation(represent))
