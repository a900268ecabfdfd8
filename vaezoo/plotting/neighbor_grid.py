"""Places on a grid for latent vectors, so that neighbours lie side by side."""

from typing import Any

import numpy as np

from vaezoo.integers import check_count
from vaezoo.plotting.arguments import check_vectors
from vaezoo.plotting.principal_components import principal_components


def nearest_codes(codes: Any, center: int, count: int) -> np.ndarray:
    """Which latent vectors are nearest to one of them, by Euclidean distance.

    Args:
        codes: `(n, latent_dim)`.
        center: Index of the one.
        count: How many, itself included.

    Returns:
        Their indices, nearest first, `(count,)`: the center itself first.

    Raises:
        ValueError: If there is no such index, or there are not as many vectors.
    """
    codes = check_vectors("codes", codes)
    count = check_count("count", count, least=1)
    center = check_count("center", center, least=0)
    if center >= len(codes) or count > len(codes):
        raise ValueError(
            f"Expected a center and a count within the {len(codes)} images. "
            f"Received: center={center}, {count} images asked for"
        )
    distances = ((codes - codes[center]) ** 2).sum(axis=1)
    distances[center] = -1.0
    return np.argsort(distances, kind="stable")[:count]


def arrange_on_grid(codes: Any, rows: int, columns: int) -> np.ndarray:
    """Gives each latent vector a place on a grid, with near ones side by side.

    It makes the distances between neighbours on the grid short in total: it starts from
    the order of the first two principal components and swaps the pair that gains most,
    until none gains.

    Args:
        codes: `(rows * columns, latent_dim)`.
        rows: Rows of the grid.
        columns: Columns of the grid.

    Returns:
        Indices of the vectors, `(rows, columns)`.

    Raises:
        ValueError: If there are not as many vectors as places.
    """
    codes = check_vectors("codes", codes)
    rows = check_count("rows", rows, least=1)
    columns = check_count("columns", columns, least=1)
    if len(codes) != rows * columns:
        raise ValueError(
            f"Expected {rows} x {columns} latent vectors, one for each place. "
            f"Received: {len(codes)}"
        )
    order = _order_by_components(codes, columns)
    distances = np.linalg.norm(codes[:, None] - codes[None], axis=-1)
    adjacent = _adjacency(rows, columns)
    least_gain = 1e-9 * distances.max()
    while len(order) > 1:
        placed = distances[np.ix_(order, order)]
        # What the vector now at i adds at place j, the others staying where they are.
        added = placed @ adjacent
        own = np.diag(added)
        # An edge between the two that change places stays as long as it was.
        change = added + added.T - own[:, None] - own + 2.0 * adjacent * placed
        i, j = np.unravel_index(np.argmin(change), change.shape)
        if change[i, j] >= -least_gain:
            break
        order[[i, j]] = order[[j, i]]
    return order.reshape(rows, columns)


def _order_by_components(codes: np.ndarray, columns: int) -> np.ndarray:
    """By the second component into rows, by the first within each; `(n,)`."""
    positions = principal_components(codes).positions
    down = np.argsort(-positions[:, 1], kind="stable").reshape(-1, columns)
    across = np.argsort(positions[down, 0], axis=1, kind="stable")
    return np.take_along_axis(down, across, axis=1).reshape(-1)


def _adjacency(rows: int, columns: int) -> np.ndarray:
    """1 for places side by side or one below the other, `(places, places)`."""
    row, column = np.divmod(np.arange(rows * columns), columns)
    steps = np.abs(row[:, None] - row) + np.abs(column[:, None] - column)
    return (steps == 1).astype(np.float64)
