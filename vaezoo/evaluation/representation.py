"""From images to codes, whatever makes them."""

from collections.abc import Callable
from typing import Any

import numpy as np


def representation(source: Any) -> Callable[[Any], np.ndarray]:
    """The function from images to codes that is measured.

    Args:
        source: A model, whose codes are the means of q(z|x) (or those of an
            autoencoder); any function from n images to `(n, dims)`; or None if what
            it will be given are codes already. For a conditional model pass a function
            that gives it its conditions.

    Returns:
        A function to float arrays `(n, dims)`, which checks what it returns.

    Raises:
        ValueError: If it is neither, or a conditional model.

    Example:
        >>> representation(model)(images).shape
        (20, 8)
    """
    if source is None:
        return check_codes
    # A string, such as the name of a model, has an `encode` of another kind.
    encode = None if isinstance(source, str) else getattr(source, "encode", None)
    if encode is None and not callable(source):
        raise ValueError(
            "Expected a model, a function from images to codes, or None for codes. "
            f"Received: {type(source).__name__}"
        )
    if getattr(source, "conditional", False):
        raise ValueError(
            "Expected a model whose codes are functions of the image: for a "
            "conditional model pass a function that gives it its conditions, such as "
            "`lambda x: model.encode(x, y).mean().numpy()`. "
            f"Received: {type(source).__name__} with {source.condition}"
        )

    def represent(images: Any) -> np.ndarray:
        codes = source(images) if encode is None else encode(images)
        # What a VAE's encoder gives is a distribution.
        codes = (
            codes.mean()
            if encode is not None and callable(getattr(codes, "log_prob", None))
            else codes
        )
        return check_codes(codes, len(images))

    return represent


def check_codes(codes: Any, count: int | None = None) -> np.ndarray:
    """Checks the codes of images.

    Args:
        codes: Array-like of numbers, `(n, dims)`.
        count: How many there should be.

    Returns:
        A float array `(n, dims)`; float32 and float64 stay what they are.

    Raises:
        ValueError: If it is no such array, or a value is not finite.
    """
    array = np.asarray(codes)
    if array.ndim != 2 or 0 in array.shape or array.dtype.kind not in "fiub":
        raise ValueError(
            "Expected codes of shape (n, dims), one row of numbers an image. "
            f"Received: shape {array.shape}, dtype {array.dtype}"
        )
    if count is not None and len(array) != count:
        raise ValueError(
            f"Expected one code for each of {count} images. Received: {len(array)}"
        )
    if array.dtype not in (np.float32, np.float64):
        # Integers of few bits would wrap around in differences.
        array = array.astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(array).all(axis=0))
    if bad.size:
        raise ValueError(
            "Expected finite codes. Received: NaN or infinity in dimensions "
            f"{bad[:10].tolist()}"
        )
    return array
