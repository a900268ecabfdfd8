"""Which likelihoods are of the same thing, and which are not."""

import dataclasses
from collections.abc import Sequence

from vaezoo.evaluation.comparison.subject import Subject
from vaezoo.layers import PixelKind
from vaezoo.models import VAE
from vaezoo.models.encoder_decoder import EncoderDecoder

_PIXELS = {
    PixelKind.BINARY: "zeros and ones (grey pixels are binarized)",
    PixelKind.LEVELS: "the 256 levels of 8-bit pixels, a probability",
    PixelKind.DENSITY: "pixels on a continuous scale from 0 to 1, a density",
}
_BASE_REASON = (
    "A likelihood is one of something: of zeros and ones, of 256 levels, or per unit "
    "of a continuous scale. Nats of these are as different as metres and kilograms: "
    "the lower number is not the better one."
)
_DENSITY_REASON = (
    "Bits/dim of a density are its value at the 256 levels plus 8 bits, without "
    "dequantization noise: a density may be arbitrarily large at pixels that are often "
    "exactly black, so they are not compared with those of a probability either."
)
_CONDITION_REASON = (
    "log p(x given y) is told y and is not log p(x): a model that is given a label, or "
    "a part of the image, has less left to explain."
)


@dataclasses.dataclass(frozen=True)
class LikelihoodGroup:
    """Models whose likelihoods are of the same thing.

    Args:
        title: What that is.
        labels: The models.
    """

    title: str
    labels: tuple[str, ...]


def likelihood_groups(subjects: Sequence[Subject]) -> list[LikelihoodGroup]:
    """Sorts models by what their likelihood is a likelihood of.

    Args:
        subjects: The models; those without a density of images are left out.

    Returns:
        The groups, in the order of their first members.
    """
    groups: dict[str, list[str]] = {}
    for subject in subjects:
        if no_density(subject.model) is None:
            groups.setdefault(_title(subject.model), []).append(subject.label)
    return [LikelihoodGroup(title, tuple(labels)) for title, labels in groups.items()]


def no_density(model: EncoderDecoder) -> str | None:
    """Why a model has no likelihood of images; None if it has one."""
    if not isinstance(model, VAE):
        return (
            f"{_article(type(model).__name__)} has codes and no distribution of them: "
            "there is no density of images, no bound, and nothing to draw from."
        )
    if model.likelihood.pixel_kind is None:
        return (
            f"{_article(type(model.likelihood).__name__)} does not say what pixels are "
            "(`pixel_kind`), so nobody knows what its nats are of."
        )
    return None


def why_apart(subjects: Sequence[Subject]) -> list[str]:
    """Why the groups of these models are not one, in sentences."""
    models = [s.model for s in subjects if no_density(s.model) is None]
    kinds = {model.likelihood.pixel_kind for model in models}
    reasons = []
    if len(kinds) > 1:
        reasons.append(_BASE_REASON)
    if kinds >= {PixelKind.LEVELS, PixelKind.DENSITY}:
        reasons.append(_DENSITY_REASON)
    if len({_given(model) for model in models}) > 1:
        reasons.append(_CONDITION_REASON)
    return reasons


def _title(model: VAE) -> str:
    given = _given(model)
    quantity = "log p(x | y)" if given else "log p(x)"
    return f"{quantity} of {_PIXELS[model.likelihood.pixel_kind]}{given}"


def _given(model: VAE) -> str:
    """What a model is told, with what is left of the image."""
    if not model.conditional:
        return ""
    missing = ", of the missing pixels alone" if model.completes else ""
    return f", given y = {model.condition}{missing}"


def _article(name: str) -> str:
    return f"{'An' if name[:1] in 'AEIOU' else 'A'} {name}"
