"""What the models of a comparison draw."""

import dataclasses
import io
from collections.abc import Callable, Sequence
from typing import Any

from vaezoo.data import ImageData
from vaezoo.evaluation.comparison.likelihood_group import no_density
from vaezoo.evaluation.comparison.measured_model import MeasuredModel
from vaezoo.models import VAE

RECONSTRUCTIONS = 10
SAMPLES = 36
DIMENSIONS = 6
STEPS = 9


@dataclasses.dataclass(frozen=True)
class Picture:
    """One picture of one model, or why there is none.

    Args:
        label: The model; empty for the images themselves.
        png: The picture.
        why_not: Why there is none.
    """

    label: str
    png: bytes = b""
    why_not: str = ""


@dataclasses.dataclass(frozen=True)
class Pictures:
    """The pictures, one a model.

    Args:
        images: The first images of the data.
        reconstructions: The same images, reconstructed.
        samples: New images, of the same seed.
        traversals: The latent dimensions that carry most, from the same image.
    """

    images: Picture
    reconstructions: tuple[Picture, ...]
    samples: tuple[Picture, ...]
    traversals: tuple[Picture, ...]


def make_pictures(
    measured: Sequence[MeasuredModel], data: ImageData, seed: int
) -> Pictures:
    """Draws the pictures of a comparison.

    Args:
        measured: The models.
        data: The images that they were measured on.
        seed: Seed of samples and traversals.

    Returns:
        The pictures.
    """
    from vaezoo.plotting import sample_grid

    first = data.images[:RECONSTRUCTIONS]
    return Pictures(
        _picture("", lambda: sample_grid(first, columns=RECONSTRUCTIONS)),
        tuple(_reconstructions(m, data) for m in measured),
        tuple(_samples(m, seed) for m in measured),
        tuple(_traversal(m, data, seed) for m in measured),
    )


def _reconstructions(measured: MeasuredModel, data: ImageData) -> Picture:
    from vaezoo.plotting import sample_grid

    label, model = measured.subject.label, measured.subject.model
    if measured.obstacle is not None:
        return Picture(label, why_not=measured.obstacle)
    images = data.images[:RECONSTRUCTIONS]
    y = _first(measured.condition, len(images))
    return _picture(
        label,
        lambda: sample_grid(model.reconstruct(images, y), columns=RECONSTRUCTIONS),
    )


def _samples(measured: MeasuredModel, seed: int) -> Picture:
    from vaezoo.plotting import sample_grid

    label, model = measured.subject.label, measured.subject.model
    if why_not := _cannot_draw(measured):
        return Picture(label, why_not=why_not)
    y = _first(measured.condition, SAMPLES)
    n = SAMPLES if y is None else len(y)
    return _picture(label, lambda: sample_grid(model.sample(n, seed, y)))


def _traversal(measured: MeasuredModel, data: ImageData, seed: int) -> Picture:
    from vaezoo.plotting import latent_traversal

    label, model = measured.subject.label, measured.subject.model
    if why_not := _cannot_draw(measured):
        return Picture(label, why_not=why_not)
    fits = measured.obstacle is None
    return _picture(
        label,
        lambda: latent_traversal(
            model,
            DIMENSIONS,
            STEPS,
            images=data.images if fits else None,
            seed=seed,
            y=measured.condition,
        ),
    )


def _cannot_draw(measured: MeasuredModel) -> str | None:
    model = measured.subject.model
    if not isinstance(model, VAE):
        return no_density(model)
    # Without images of its kind it still draws; without a condition it does not.
    if model.conditional and measured.condition is None:
        return measured.obstacle
    return None


def _first(condition: Any, count: int) -> Any:
    return None if condition is None else condition[:count]


def _picture(label: str, draw: Callable[[], Any]) -> Picture:
    """The picture, or the reason of the refusal: of two channels, there is none."""
    buffer = io.BytesIO()
    try:
        draw().savefig(buffer, format="png")
    except ValueError as error:
        return Picture(label, why_not=str(error))
    return Picture(label, buffer.getvalue())
