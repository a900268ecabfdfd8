"""The pictures of `vaezoo plot`: from a model, data and options to a figure."""

import argparse
from typing import TYPE_CHECKING

import numpy as np

from vaezoo import plotting
from vaezoo.cli.chosen_images import choose, choose_analogies, choose_pairs
from vaezoo.cli.conditions import data_condition, sample_condition

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from vaezoo.data import ImageData
    from vaezoo.models import VAE

_FOR_KL = 1000


def samples(
    model: "VAE", data: "ImageData | None", options: argparse.Namespace
) -> "Figure":
    """Draws from the prior."""
    y = sample_condition(model, options.label, options.num)
    return plotting.sample_grid(model.sample(options.num, seed=options.seed, y=y))


def reconstructions(
    model: "VAE", data: "ImageData", options: argparse.Namespace
) -> "Figure":
    """Images and what the model makes of them."""
    chosen = choose(options.num, data, options.seed)
    images, y = data.images[chosen], data_condition(model, data)
    made = model.reconstruct(images, None if y is None else y[chosen])
    return plotting.reconstruction_pairs(images, made)


def traversal(
    model: "VAE", data: "ImageData | None", options: argparse.Namespace
) -> "Figure":
    """Along latent dimensions."""
    images, y = _some(model, data, options)
    return plotting.latent_traversal(
        model,
        options.dimensions,
        options.steps,
        images=images,
        seed=options.seed,
        y=y,
    )


def manifold(
    model: "VAE", data: "ImageData | None", options: argparse.Namespace
) -> "Figure":
    """Over a plane of the latent space."""
    images, y = _some(model, data, options)
    return plotting.manifold(model, options.dimensions, options.size, images, y)


def scatter(model: "VAE", data: "ImageData", options: argparse.Namespace) -> "Figure":
    """The codes of the first images."""
    data = data.first(options.num)
    return plotting.latent_scatter(
        model,
        data.images,
        data.labels,
        options.dimensions,
        y=data_condition(model, data),
    )


def interpolation(
    model: "VAE", data: "ImageData", options: argparse.Namespace
) -> "Figure":
    """From image to image."""
    y = data_condition(model, data)
    start, end = choose_pairs(options.num, data, y, options.seed)
    return plotting.interpolation(
        model,
        data.images[start],
        data.images[end],
        options.steps,
        options.path,
        None if y is None else y[start],
    )


def attribute(model: "VAE", data: "ImageData", options: argparse.Namespace) -> "Figure":
    """With more or less of an attribute."""
    y = data_condition(model, data)
    rows, has, balance = _attribute_groups(data, options)
    condition = None if y is None else y[rows]
    codes = model.encode(data.images[rows], condition)
    codes = codes if isinstance(codes, np.ndarray) else codes.mean().numpy()
    direction = plotting.attribute_direction(codes, has, balance)
    chosen = choose(options.num, data, options.seed, rows)
    condition = None if y is None else y[chosen]
    return plotting.attribute_arithmetic(
        model, data.images[chosen], direction, y=condition
    )


def analogy(model: "VAE", data: "ImageData", options: argparse.Namespace) -> "Figure":
    """A : b :: c : ?"""
    parts, y = _analogies(model, data, options, options.num)
    return plotting.analogy_grid(model, *parts, y=y)


def j_diagram(model: "VAE", data: "ImageData", options: argparse.Namespace) -> "Figure":
    """An analogy with everything between."""
    parts, y = _analogies(model, data, options, 1)
    return plotting.j_diagram(model, *parts, path=options.path, y=y)


def mine(model: "VAE", data: "ImageData", options: argparse.Namespace) -> "Figure":
    """A patch of the manifold around an image."""
    (center,) = choose(1, data, options.seed)
    return plotting.mine_grid(
        model,
        data.images,
        int(center),
        options.rows,
        options.columns,
        path=options.path,
        y=data_condition(model, data),
    )


def _some(
    model: "VAE", data: "ImageData | None", options: argparse.Namespace
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Random images and their condition; without data, the condition asked for."""
    if data is None:
        label = options.label
        if label is None and model.conditional:
            label = 0
        y = sample_condition(model, label, 1)
        return None, None if y is None else y[0]
    y = data_condition(model, data)
    among = None
    if options.label is not None:
        sample_condition(model, options.label, 1)
        among = np.flatnonzero(y == options.label)
    available = len(data) if among is None else len(among)
    chosen = choose(max(1, min(_FOR_KL, available)), data, options.seed, among)
    return data.images[chosen], None if y is None else y[chosen]


def _attribute_groups(
    data: "ImageData", options: argparse.Namespace
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """The rows to compare, which have the attribute, and what to balance."""
    source, target = options.from_label, options.to_label
    if options.attribute is not None and source is None and target is None:
        balance = None
        if options.balance:
            names = options.balance.split(",")
            balance = np.stack([data.attribute(name) for name in names], axis=1)
        return np.arange(len(data)), data.attribute(options.attribute), balance
    labelled = data.labels is not None and None not in (source, target)
    if not labelled or options.attribute is not None or options.balance is not None:
        raise ValueError(
            "Expected either --attribute, with or without --balance, or --from-label "
            f"and --to-label of data with labels. Received: {data!r}, "
            f"--attribute {options.attribute}, --balance {options.balance}, "
            f"--from-label {source}, --to-label {target}"
        )
    rows = np.flatnonzero(np.isin(data.labels, (source, target)))
    return rows, data.labels[rows] == target, None


def _analogies(
    model: "VAE", data: "ImageData", options: argparse.Namespace, count: int
) -> tuple[list[np.ndarray], np.ndarray | None]:
    y = data_condition(model, data)
    classes = options.from_label, options.to_label
    chosen = choose_analogies(count, data, y, classes, options.seed)
    return [data.images[rows] for rows in chosen], None if y is None else y[chosen[0]]
