"""The shapes of the sprites, as inequalities on the plane.

Only additions, multiplications and comparisons in float32, each correctly rounded, so
that every platform renders the same pixels.
"""

import numpy as np

ORIENTATIONS = 40
POSITIONS = 32
# In a frame of 64 pixels the centres lie on the pixels 16 to 47, one pixel apart, and
# every shape stays within 16.3 pixels of its centre.
MARGIN = 16.5 / 64
RADIUS = 16.3 / 64
SCALES = np.arange(5, 11) / 10


def rotations() -> tuple[np.ndarray, np.ndarray]:
    """Returns the cosine and the sine of each orientation, (40,) float32 each."""
    quarter = np.arange(ORIENTATIONS // 4) * (2 * np.pi / ORIENTATIONS)
    # The other quarters by exact quarter turns; rounded, as libraries differ in the
    # last bit of a cosine.
    cosine, sine = np.cos(quarter).round(12), np.sin(quarter).round(12)
    cosines = np.concatenate([cosine, -sine, -cosine, sine])
    sines = np.concatenate([sine, cosine, -sine, -cosine])
    return cosines.astype(np.float32), sines.astype(np.float32)


def square(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Where (u, v) lies in the square with half-side 0.7."""
    return np.maximum(np.abs(u), np.abs(v)) <= np.float32(0.7)


def ellipse(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Where (u, v) lies in the ellipse with the half-axes 1 and 0.5."""
    return u * u + np.float32(4) * (v * v) <= np.float32(1)


def heart(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Where (u, v) lies in the heart (x^2 + y^2 - 1)^3 <= x^2 y^3.

    Its smallest enclosing circle, of radius 1.26 about (0, 0.25), becomes the unit
    circle.
    """
    x = np.float32(1.26) * u
    y = np.float32(1.26) * v + np.float32(0.25)
    xx, yy = x * x, y * y
    ring = xx + yy - np.float32(1)
    return ring * ring * ring <= xx * yy * y


SHAPES = {"square": square, "ellipse": ellipse, "heart": heart}
# The number of orientations after which a shape coincides with itself.
PERIODS = {"square": 10, "ellipse": 20, "heart": 40}
