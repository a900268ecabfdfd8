"""Sprites: images of known factors, generated on demand."""

from collections.abc import Sequence

import numpy as np

from vaezoo.data import sprite_shapes

_PIXELS_AT_A_TIME = 200_000
_SMALLEST = 16


class Sprites:
    """Every combination of five factors, as binary images drawn on demand.

    The factor grid is that of dSprites: shape (square, ellipse, heart), scale (0.5,
    0.6, ..., 1.0), orientation (k / 40 of a full turn, anticlockwise), x (left to
    right) and y (top to bottom): 737,280 combinations. Unlike in dSprites, the last
    orientation is not the first one again. A square looks the same after 10
    orientations and an ellipse after 20; at the default size all other combinations
    give different images.

    Args:
        image_size: Side of the image in pixels, or (height, width); at least 16.

    Raises:
        ValueError: If the size is not one or two integers of at least 16.

    Example:
        >>> sprites = Sprites(image_size=28)
        >>> images, factors = sprites.sample(5, seed=0)
        >>> images.shape, factors.shape
        ((5, 28, 28, 1), (5, 5))

    Reference:
        L. Matthey, I. Higgins, D. Hassabis, A. Lerchner, "dSprites: Disentanglement
        testing Sprites dataset", 2017 (the factor grid; the images are drawn anew).
    """

    factor_names = ("shape", "scale", "orientation", "x", "y")
    factor_sizes = (
        len(sprite_shapes.SHAPES),
        len(sprite_shapes.SCALES),
        sprite_shapes.ORIENTATIONS,
        sprite_shapes.POSITIONS,
        sprite_shapes.POSITIONS,
    )
    shape_names = tuple(sprite_shapes.SHAPES)

    def __init__(self, image_size: int | tuple[int, int] = 64) -> None:
        self.image_shape = (*_height_and_width(image_size), 1)

    def __len__(self) -> int:
        return int(np.prod(self.factor_sizes))

    def __repr__(self) -> str:
        return f"Sprites(image_size={self.image_shape[:2]})"

    def factors_of(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Returns the factors of images by their number, (n,) -> (n, 5) int64.

        Raises:
            ValueError: If an index is not an integer in 0..len - 1.
        """
        indices = np.asarray(indices)
        _check_integers(indices, ndim=1, below=len(self), what="indices, shape (n,)")
        return np.stack(np.unravel_index(indices, self.factor_sizes), axis=-1)

    def indices_of(self, factors: Sequence[Sequence[int]] | np.ndarray) -> np.ndarray:
        """Returns the number of the image with these factors, (n, 5) -> (n,) int64.

        Raises:
            ValueError: If a factor is not an integer below its `factor_sizes`.
        """
        return np.ravel_multi_index(
            tuple(self._check_factors(factors).T), self.factor_sizes
        )

    def canonical_indices(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Returns the first index that gives the same image by symmetry, (n,) int64."""
        factors = self.factors_of(indices)
        periods = np.array([sprite_shapes.PERIODS[name] for name in self.shape_names])
        factors[:, 2] %= periods[factors[:, 0]]
        return self.indices_of(factors)

    def sample(self, n: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Draws combinations uniformly, with replacement.

        Args:
            n: Number of images.
            seed: Seed of the draw; the same on every platform.

        Returns:
            The images, (n, height, width, 1) uint8, and their factors, (n, 5) int64.
        """
        generator = np.random.RandomState(seed)
        factors = self.factors_of(generator.randint(len(self), size=n, dtype=np.int64))
        return self.images(factors), factors

    def images(
        self, factors_or_indices: Sequence[int] | Sequence[Sequence[int]] | np.ndarray
    ) -> np.ndarray:
        """Draws images.

        Args:
            factors_or_indices: Factors, (n, 5), or numbers of images, (n,).

        Returns:
            (n, height, width, 1) uint8, 0 (background) and 255 (sprite).

        Raises:
            ValueError: If there is no such image.
        """
        wanted = np.asarray(factors_or_indices)
        if wanted.ndim == 1:
            wanted = self.factors_of(wanted)
        factors = self._check_factors(wanted)
        images = np.empty((len(factors), *self.image_shape), np.uint8)
        step = max(1, _PIXELS_AT_A_TIME // (self.image_shape[0] * self.image_shape[1]))
        for code, name in enumerate(self.shape_names):
            rows = np.flatnonzero(factors[:, 0] == code)
            for start in range(0, len(rows), step):
                part = rows[start : start + step]
                images[part, :, :, 0] = self._draw(name, factors[part])
        return images

    def _draw(self, shape_name: str, factors: np.ndarray) -> np.ndarray:
        """Draws sprites of one shape, (n, 5) -> (n, height, width) of 0 and 255."""
        height, width, _ = self.image_shape
        side = min(height, width)
        _, scale, orientation, x, y = factors.T
        radius = (sprite_shapes.RADIUS * side * sprite_shapes.SCALES)[scale]
        right = _offsets(width, side, x) / radius[:, None].astype(np.float32)
        up = -_offsets(height, side, y) / radius[:, None].astype(np.float32)
        cosines, sines = sprite_shapes.rotations()
        cosine, sine = cosines[orientation][:, None], sines[orientation][:, None]
        u = (cosine * right)[:, None, :] + (sine * up)[:, :, None]
        v = (cosine * up)[:, :, None] - (sine * right)[:, None, :]
        inside = sprite_shapes.SHAPES[shape_name](u, v)
        return inside.view(np.uint8) * np.uint8(255)

    def _check_factors(
        self, factors: Sequence[Sequence[int]] | np.ndarray
    ) -> np.ndarray:
        factors = np.asarray(factors)
        if factors.ndim != 2 or factors.shape[1] != len(self.factor_sizes):
            raise ValueError(
                f"Expected factors of shape (n, 5): {', '.join(self.factor_names)}. "
                f"Received: shape {factors.shape}"
            )
        for name, size, column in zip(
            self.factor_names, self.factor_sizes, factors.T, strict=True
        ):
            _check_integers(column, ndim=1, below=size, what=f"values of '{name}'")
        return factors.astype(np.int64, copy=False)


def _offsets(pixels: int, side: int, position: np.ndarray) -> np.ndarray:
    """Returns each pixel's distance from the sprite's centre, (n, pixels) float32."""
    margin = sprite_shapes.MARGIN * side
    step = (pixels - 2 * margin) / (sprite_shapes.POSITIONS - 1)
    centre = margin + step * position
    return (np.arange(pixels) + 0.5 - centre[:, None]).astype(np.float32)


def _height_and_width(image_size: int | tuple[int, int]) -> tuple[int, int]:
    sizes = np.atleast_1d(np.asarray(image_size))
    if (
        sizes.shape not in ((1,), (2,))
        or not np.issubdtype(sizes.dtype, np.integer)
        or sizes.min() < _SMALLEST
    ):
        raise ValueError(
            f"Expected image_size, an integer or (height, width), of at least "
            f"{_SMALLEST} pixels. Received: {image_size!r}"
        )
    return int(sizes[0]), int(sizes[-1])


def _check_integers(values: np.ndarray, ndim: int, below: int, what: str) -> None:
    if values.ndim != ndim or not np.issubdtype(values.dtype, np.integer):
        raise ValueError(
            f"Expected integer {what}. "
            f"Received: shape {values.shape}, dtype {values.dtype}"
        )
    if values.size and (values.min() < 0 or values.max() >= below):
        raise ValueError(
            f"Expected {what} in 0..{below - 1}. "
            f"Received: values from {values.min()} to {values.max()}"
        )
