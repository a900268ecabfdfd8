"""The images of a run, which every contender reads from one file."""

import numpy as np


def read_bytes(path: str) -> np.ndarray:
    """The images as they are stored, uint8 `(n, height, width, channels)`."""
    return np.load(path)


def read_floats(path: str) -> np.ndarray:
    """The images as float32 in [0, 1], `(n, height, width, channels)`."""
    return np.multiply(np.load(path), np.float32(1 / 255), dtype=np.float32)
