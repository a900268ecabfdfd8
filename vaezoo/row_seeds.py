"""A seed for each row, in plain NumPy: models and clients without TensorFlow agree."""

import secrets
from collections.abc import Sequence

import numpy as np

from vaezoo.integers import is_integer

# Threefry-2x32 (Salmon et al. 2011); `vaezoo.random` has it in TensorFlow.
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA
ROWS_STREAM = 0


def check_seed(seed: object, name: str = "seed") -> int:
    """Returns `seed` as a Python int in the int64 range.

    Args:
        seed: An integer (Python or NumPy).
        name: How the error calls it.

    Returns:
        The same integer.

    Raises:
        ValueError: If `seed` is not an integer that fits into 64 bits.
    """
    if not is_integer(seed, -(2**63)) or int(seed) >= 2**63:
        raise ValueError(
            f"Expected `{name}` to be a 64-bit integer. Received: {name}={seed!r}"
        )
    return int(seed)


def row_seeds_array(seed: int, count: int) -> np.ndarray:
    """What `vaezoo.random.row_seeds` gives, without TensorFlow's overhead of a call.

    Args:
        seed: An integer.
        count: How many rows.

    Returns:
        int64 array `(count,)`.
    """
    words = (seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF)
    key0, key1 = (np.array([word], np.uint32) for word in words)
    keys = (key0, key1, key0 ^ key1 ^ np.uint32(PARITY))
    x0 = np.arange(count, dtype=np.uint32) + keys[0]
    x1 = np.full(count, ROWS_STREAM, np.uint32) + keys[1]
    for group in range(5):
        for rotation in ROTATIONS[group % 2]:
            x0 += x1
            x1 = x1 << np.uint32(rotation) | x1 >> np.uint32(32 - rotation)
            x1 ^= x0
        x0 += keys[(group + 1) % 3]
        x1 += keys[(group + 2) % 3] + np.uint32(group + 1)
    high = (x1 & np.uint32(0x7FFFFFFF)).astype(np.int64)
    return high << 32 | x0.astype(np.int64)


def standardize_seeds(
    seed: int | Sequence[int] | np.ndarray | None, count: int | None
) -> np.ndarray:
    """One seed for each of `count` rows.

    Args:
        seed: An integer, one integer a row, or None for fresh noise.
        count: How many rows; None takes one for each seed.

    Returns:
        int64 `(count,)`.

    Raises:
        ValueError: If `count` is not positive or does not fit the number of seeds.
    """
    if count is not None and not is_integer(count, 1):
        raise ValueError(
            f"Expected `n` to be a positive integer. Received: n={count!r}"
        )
    if seed is None or np.ndim(seed) == 0:
        if count is None:
            raise ValueError("Expected `n`, or one seed an image. Received: neither")
        seed = secrets.randbits(63) if seed is None else check_seed(seed)
        return row_seeds_array(seed, int(count))
    seeds = [check_seed(value) for value in np.asarray(seed).tolist()]
    if not seeds or (count is not None and len(seeds) != count):
        raise ValueError(
            f"Expected one seed a row, {count or 'at least one'}. "
            f"Received: {len(seeds)} seeds"
        )
    return np.array(seeds, np.int64)
