"""Images with their ground-truth factors."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vaezoo.data import ImageData, Sprites
from vaezoo.evaluation.disentanglement.arguments import check_factors


class FactorData:
    """Images and the ground-truth factors that are known of them, any set of factors.

    It need not hold every combination of the factors, nor all factors that the images
    have: see `FactorRows` for what is then drawn.

    Args:
        images: The images, `(n, ...)`; or a function from int64 numbers of images
            `(m,)` to those, for data that does not fit into memory.
        factors: Whole numbers, `(n, factors)`; each must vary.
        factor_names: The name of each column. Default: "0", "1", ...

    Raises:
        ValueError: If factors or names are not as described, or there is not one row of
            factors an image.

    Example:
        >>> factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        >>> data = FactorData(np.zeros((4, 8, 8, 1)), factors, ("shape", "colour"))
        >>> data
        FactorData(4 images, factors: shape (2 values), colour (2 values))
        >>> len(FactorData.of(vaezoo.data.Sprites(28)).select(["x", "y"]))
        737280
    """

    def __init__(
        self,
        images: Any,
        factors: Any,
        factor_names: Sequence[str] | None = None,
    ) -> None:
        self._images = images
        count = None if callable(images) else len(images)
        if factor_names is not None and len(factor_names) != np.shape(factors)[-1]:
            raise ValueError(
                f"Expected a name for each of {np.shape(factors)[-1]} factors. "
                f"Received: {tuple(factor_names)}"
            )
        self.factors = check_factors(factors, count, factor_names)
        numbers = map(str, range(self.factors.shape[1]))
        self.factor_names = tuple(numbers if factor_names is None else factor_names)

    @classmethod
    def of(cls, source: Any) -> "FactorData":
        """The images and factors of what has both.

        Args:
            source: `vaezoo.data.Sprites`, all 737,280 of them, drawn as they are
                needed; an `ImageData` with attributes; a tuple (images, factors); or a
                `FactorData`.

        Raises:
            ValueError: If it is none of these.
        """
        if isinstance(source, cls):
            return source
        if isinstance(source, Sprites):
            factors = source.factors_of(np.arange(len(source)))
            return cls(source.images, factors, source.factor_names)
        if isinstance(source, ImageData):
            if source.attributes is None:
                raise ValueError(
                    "Expected images with ground-truth factors as `attributes`. "
                    f"Received: {source!r}"
                )
            return cls(source.images, source.attributes, source.attribute_names)
        if isinstance(source, tuple) and len(source) == 2:
            return cls(*source)
        raise ValueError(
            "Expected Sprites, ImageData with attributes, FactorData, or a tuple "
            f"(images, factors). Received: {type(source).__name__}"
        )

    def select(self, names: Sequence[str]) -> "FactorData":
        """The same images with some of the factors.

        Args:
            names: Which ones.

        Raises:
            ValueError: If there is no such factor, or none is named.
        """
        unknown = [name for name in names if name not in self.factor_names]
        if unknown or not len(names) or isinstance(names, str):
            raise ValueError(
                f"Expected a list of factors: {', '.join(self.factor_names)}. "
                f"Received: {names!r}"
            )
        columns = [self.factor_names.index(name) for name in names]
        return FactorData(self._images, self.factors[:, columns], tuple(names))

    def images(self, rows: np.ndarray) -> Any:
        """The images of these numbers.

        Args:
            rows: int64 `(m,)`.
        """
        if callable(self._images):
            return self._images(rows)
        return np.asarray(self._images)[rows]

    def __len__(self) -> int:
        return len(self.factors)

    def __repr__(self) -> str:
        sizes = self.factors.max(axis=0) + 1
        names = zip(self.factor_names, sizes, strict=True)
        factors = ", ".join(f"{name} ({size} values)" for name, size in names)
        return f"FactorData({len(self):,} images, factors: {factors})"
