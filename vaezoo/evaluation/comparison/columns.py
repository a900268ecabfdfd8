"""The columns of a comparison, in four tables."""

import dataclasses

from vaezoo.evaluation.measurement import Measurement
from vaezoo.zoo.card_text import format_bytes, format_measurement


@dataclasses.dataclass(frozen=True)
class Column:
    """One column.

    Args:
        name: The measurement's name.
        title: The heading.
        meaning: What it is, in one sentence.
        lower_first: Whether the first click sorts from the lowest on.
    """

    name: str
    title: str
    meaning: str
    lower_first: bool = True


@dataclasses.dataclass(frozen=True)
class Section:
    """One table.

    Args:
        name: A word for it.
        title: The heading.
        columns: Its columns.
    """

    name: str
    title: str
    columns: tuple[Column, ...]


SECTIONS = (
    Section(
        "likelihood",
        "Likelihood",
        (
            Column(
                "nll", "NLL", "Negative log-likelihood, nats an image; lower is better."
            ),
            Column(
                "bits_per_dim",
                "bits/dim",
                "NLL in bits for each element of an image; lower is better.",
            ),
            Column(
                "elbo",
                "ELBO",
                "Evidence lower bound of log p, nats an image; higher is better.",
                False,
            ),
            Column(
                "rate",
                "rate",
                "KL divergence of posterior from prior, nats: what the code says.",
            ),
            Column(
                "distortion",
                "distortion",
                "Minus the expected log p(x|z), nats: what the code does not say.",
            ),
            Column(
                "active_units",
                "active latents",
                "Latent dimensions whose posterior mean varies by more than 0.01.",
                False,
            ),
            Column(
                "card_nll",
                "NLL on its card",
                "As measured when the model was made, on its whole test set.",
            ),
            Column(
                "published",
                "published",
                "Numbers of others for a model of this size; sources below.",
            ),
        ),
    ),
    Section(
        "images",
        "Reconstructions and samples",
        (
            Column(
                "reconstruction_error",
                "reconstruction error",
                "Mean squared error a pixel; lower is better.",
            ),
            Column(
                "frechet_distance",
                "Fréchet distance",
                "Between samples and images, in the features of a small classifier; "
                "lower is better. Comparable within vaezoo only.",
            ),
            Column(
                "precision",
                "precision",
                "Share of samples that look like images; higher is better.",
                False,
            ),
            Column(
                "recall",
                "recall",
                "Share of images that look like samples; higher is better.",
                False,
            ),
        ),
    ),
    Section(
        "cost",
        "Size and cost",
        (
            Column("parameters", "parameters", "Number of weights."),
            Column("weight_bytes", "weights", "Bytes of the weights in memory."),
            Column(
                "encode_flops",
                "encode FLOPs",
                "Operations to encode one image; multiply and add are two.",
            ),
            Column(
                "decode_flops",
                "decode FLOPs",
                "Operations to decode one latent vector.",
            ),
            Column("training_time", "training time", "From the model's card."),
        ),
    ),
    Section(
        "speed",
        "Speed in this run",
        (
            Column(
                "encode_rate",
                "encode, images/s",
                "Images to posteriors, in batches; higher is faster.",
                False,
            ),
            Column(
                "decode_rate",
                "decode, images/s",
                "Latent vectors to likelihoods, in batches; higher is faster.",
                False,
            ),
            Column(
                "sample_rate",
                "sample, images/s",
                "New images, in batches; higher is faster.",
                False,
            ),
            Column(
                "latency",
                "one image",
                "Time of one image's reconstruction by itself; lower is faster.",
            ),
        ),
    ),
)

COLUMNS = {column.name: column for section in SECTIONS for column in section.columns}


def format_cell(measurement: Measurement) -> str:
    """A measurement as it stands in a table.

    Args:
        measurement: The measurement.

    Returns:
        The number, with the unit where the heading does not have it.
    """
    value = measurement.value
    match measurement.unit:
        case "FLOPs":
            return _with_prefix(value)
        case "bytes":
            return format_bytes(int(value))
        case "images/s":
            return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
        case "s":
            return _duration(value)
        case "bits/dim":
            return _with_error(measurement, 3)
        case "squared":
            return _with_error(measurement, 4)
    return format_measurement(value, measurement.standard_error)


def _with_error(measurement: Measurement, digits: int) -> str:
    error = measurement.standard_error
    tail = "" if error is None else f" ± {error:.{digits}f}"
    return f"{measurement.value:.{digits}f}{tail}"


def _with_prefix(value: float) -> str:
    for prefix, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= factor:
            return f"{value / factor:.3g} {prefix}"
    return f"{value:.0f}"


def _duration(seconds: float) -> str:
    if seconds < 1.0:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < 120.0:
        return f"{seconds:.3g} s"
    if seconds < 7200.0:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
