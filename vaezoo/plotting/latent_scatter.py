"""Where the images of each class lie in latent space."""

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vaezoo.models import VAE
from vaezoo.plotting.arguments import check_choice, check_plane, check_rows
from vaezoo.plotting.chart_figure import GREY, ChartFigure, chart_style
from vaezoo.plotting.codes import images_and_condition, latent_codes
from vaezoo.plotting.principal_components import principal_components

_MOST_CLASSES = 20
_HEIGHT = 600


def latent_scatter(
    model: VAE,
    images: Any,
    labels: Any = None,
    dimensions: Sequence[int] | str | None = None,
    names: Sequence[str] = (),
    y: Any = None,
) -> Figure:
    """Shows the code of each image as a point, coloured by its label.

    Two latent dimensions are shown as they are. More are projected on a plane, by
    default the one in which the means of the classes differ most (their first two
    principal components), or without classes that of the principal components of the
    codes; the axes say which, and how much of the codes' variance is along them.
    Classes are coloured one by one with a legend; numbers of more than 20 values along
    a scale.

    Args:
        model: The model.
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`.
        labels: The class of each image, or a number, `(n,)`.
        dimensions: Two latent dimensions; or "classes" or "components" for the
            principal components of the class means or of the codes.
        names: What the legend calls the classes 0, 1, ...
        y: The condition, in conditional models: one an image, or a single one.

    Returns:
        A figure, with equal units on both axes.

    Raises:
        ValueError: If images, condition, labels, names or dimensions do not fit the
            model or each other.

    Example:
        >>> labels = np.arange(len(images)) % 10
        >>> figure = latent_scatter(model, images, labels)
        >>> figure.savefig("scatter.png")
    """
    if dimensions is not None and not isinstance(dimensions, str):
        dimensions = check_plane(dimensions, model.latent_dim)
    images, y = images_and_condition(model, images, y)
    if labels is not None:
        labels = _check_labels(labels, len(images))
    plane = _choose_plane(dimensions, model.latent_dim, labels)
    codes = latent_codes(model, images, y)
    positions, axis_names = _positions(codes, plane, labels)
    figure = ChartFigure(_HEIGHT)
    with chart_style():
        axes = figure.axes[0]
        axes.set(xlabel=axis_names[0], ylabel=axis_names[1])
        _draw(figure, axes, positions, labels, names)
        axes.set_aspect("equal", adjustable="datalim")
    return figure


def _choose_plane(
    dimensions: list[int] | str | None, latent_dim: int, labels: np.ndarray | None
) -> list[int] | str:
    classes = 0 if labels is None else len(np.unique(labels))
    by_class = 3 <= classes <= _MOST_CLASSES
    if dimensions is None:
        if latent_dim == 2:
            return [0, 1]
        return "classes" if by_class else "components"
    if isinstance(dimensions, str):
        check_choice("dimensions", dimensions, ("classes", "components"))
        if dimensions == "classes" and not by_class:
            raise ValueError(
                f"Expected labels of 3 to {_MOST_CLASSES} classes for the plane of "
                f"their means. Received: {classes or 'no labels'}"
            )
    return dimensions


def _positions(
    codes: np.ndarray, plane: list[int] | str, labels: np.ndarray | None
) -> tuple[np.ndarray, list[str]]:
    """Where the codes are in the plane, `(n, 2)`, and what its axes are."""
    if not isinstance(plane, str):
        return codes[:, plane], [f"z{i}" for i in plane]
    points, what = codes, "codes"
    if plane == "classes":
        points = np.stack([codes[labels == k].mean(axis=0) for k in np.unique(labels)])
        what = "class means"
    positions, share = principal_components(codes, points)
    return positions, [
        f"component {i + 1} of the {what} ({part:.0%} of the codes' variance)"
        for i, part in enumerate(share)
    ]


def _draw(
    figure: ChartFigure,
    axes: Axes,
    positions: np.ndarray,
    labels: np.ndarray | None,
    names: Sequence[str],
) -> None:
    # Of a random order, so that no class lies on top of the others.
    order = np.random.default_rng(0).permutation(len(positions))
    x, up = positions[order].T
    style = {
        "s": float(np.clip(9000 / len(x), 2.5, 25)),
        "linewidths": 0,
        "alpha": 0.75,
        # Thousands of points are no thousands of shapes in an SVG or PDF file.
        "rasterized": True,
    }
    if labels is None:
        axes.scatter(x, up, color=GREY, **style)
        return
    values = np.unique(labels)
    if len(values) > _MOST_CLASSES:
        points = axes.scatter(x, up, c=labels[order].astype(float), **style)
        figure.colorbar(points, ax=axes, shrink=0.7)
        return
    palette = "tab10" if len(values) <= 10 else "tab20"
    colors = matplotlib.colormaps[palette].colors
    axes.scatter(
        x, up, c=np.take(colors, np.searchsorted(values, labels[order]), 0), **style
    )
    for value, color in zip(values.tolist(), colors, strict=False):
        axes.scatter([], [], s=25, color=color, label=_name(value, names))
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="outside right upper",
        handletextpad=0.1,
        borderpad=0,
    )


def _name(value: Any, names: Sequence[str]) -> str:
    named = isinstance(value, int) and 0 <= value < len(names)
    return str(names[value]) if named else str(value)


def _check_labels(labels: Any, count: int) -> np.ndarray:
    array = check_rows("labels", labels, count)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    few = array.ndim == 1 and len(np.unique(array)) <= _MOST_CLASSES
    if array.ndim != 1 or not (few or array.dtype.kind in "iuf"):
        raise ValueError(
            f"Expected `labels` of shape ({count},): at most {_MOST_CLASSES} different "
            f"values, or numbers. Received: shape {array.shape}, dtype {array.dtype}"
        )
    return array
