"""Drawing images of which one factor is fixed."""

import numpy as np


class FactorRows:
    """Rows of a table of factors, to be drawn at random.

    Where the table has each combination of factors once, a random row has independent,
    uniform factors, and a matching row has one factor given and the others uniform, as
    in Locatello et al. 2019. Any other table, of images of some combinations only or
    with factors that nobody recorded, is drawn from as it is: a value of a factor as
    often as it occurs, the other factors as they occur together with it.

    Args:
        factors: Each column numbered from 0, `(n, factors)`.
    """

    def __init__(self, factors: np.ndarray) -> None:
        self.factors = factors
        self._orders = [np.argsort(column, kind="stable") for column in factors.T]
        self._counts = [np.bincount(column) for column in factors.T]

    def draw(
        self, shape: int | tuple[int, ...], rng: np.random.Generator
    ) -> np.ndarray:
        """Random rows, with replacement, int64 of a shape."""
        return rng.integers(len(self.factors), size=shape)

    def draw_factors(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Which factor to fix, n times at random, int64 `(n,)`."""
        return rng.integers(self.factors.shape[1], size=n)

    def matching(
        self, rows: np.ndarray, fixed: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """For each row a random row with the same value of a factor.

        Args:
            rows: int64 `(n, batch)`.
            fixed: The factor that each batch has in common, int64 `(n,)`.
            rng: The random numbers.

        Returns:
            int64 `(n, batch)`.
        """
        matching = np.empty_like(rows)
        for j, (order, counts) in enumerate(
            zip(self._orders, self._counts, strict=True)
        ):
            batches = np.flatnonzero(fixed == j)
            values = self.factors[rows[batches], j]
            starts = np.cumsum(counts) - counts
            chosen = starts[values] + rng.integers(counts[values])
            matching[batches] = order[chosen]
        return matching
