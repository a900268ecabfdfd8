"""`vaezoo.compare`."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vaezoo.data import ImageData
from vaezoo.data import load as load_data
from vaezoo.evaluation.comparison.comparison import Comparison
from vaezoo.evaluation.comparison.likelihood_group import (
    LikelihoodGroup,
    likelihood_groups,
    why_apart,
)
from vaezoo.evaluation.comparison.measured_model import MeasuredModel
from vaezoo.evaluation.comparison.model_result import why_empty
from vaezoo.evaluation.comparison.pictures import make_pictures
from vaezoo.evaluation.comparison.protocol import Protocol
from vaezoo.evaluation.comparison.subject import subjects
from vaezoo.evaluation.comparison.warnings import find_warnings
from vaezoo.evaluation.paired_difference import PairedDifference, paired_differences
from vaezoo.evaluation.speed import Speed, measure_speed
from vaezoo.integers import is_integer
from vaezoo.random import check_seed

_BATCH = 256


def compare(
    models: Sequence[Any] | Mapping[str, Any],
    data: Any = "mnist",
    *,
    split: str | None = None,
    limit: int | None = 1000,
    num_samples: int = 100,
    correction_images: int | None = None,
    correction_samples: int = 100,
    seed: int = 0,
    rounds: int = 7,
    pictures: bool = True,
    image_size: int | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    memory_limit: int | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> Comparison:
    """Compares models on the same images, with the same protocol and the same seeds.

    The defaults take a minute or two. For numbers to publish, take all images and more
    samples: `limit=None, num_samples=5000`.

    What cannot be compared is not put in one column: likelihoods of binary pixels, of
    256 levels and of a continuous scale, log p(x) and log p(x|y), each have a table of
    their own, and what a model does not have stays empty. `reasons` says why.

    Args:
        models: Names of the zoo, folders, or models in memory; or a mapping from labels
            to these. Two of one name get a number: "mine", "mine (2)".
        data: Name of a data set, an `.npz` file, an `ImageData`, an array of images, or
            `(images, labels)`. Conditional models are given its labels or attributes.
        split: Of a named data set; "test" by default.
        limit: How many images, from the first on; None for all.
        num_samples: k, importance samples an image of the NLL.
        correction_images: Images that get all k samples, see `evaluate_likelihood`;
            None for all.
        correction_samples: Importance samples of every image, in that case.
        seed: Seed of all draws.
        rounds: How often speed is measured; 0 leaves it out.
        pictures: Whether to make the pictures of the report.
        image_size: Size that a named data set is drawn in, or shrunk to.
        data_dir: Folder of the prepared data sets.
        memory_limit: Bytes that importance sampling may take; None for the default.
        checkpoint: Folder for what is done of the likelihoods, made if it is not there:
            the same call continues after an interruption.
        progress: Whether to say on the standard error what is being done.

    Returns:
        A `Comparison`: `print` shows it, `to_html` writes the report.

    Raises:
        UnknownModelError: If there is no model of a name.
        ModelFileError: If a folder holds no model.
        DatasetUnavailableError: If a named data set can be neither read nor downloaded.
        ValueError: If an argument is not what is described here.

    Example:
        >>> comparison = vaezoo.compare([model], data=images, num_samples=5, rounds=1)
        >>> comparison.to_html("report.html")
    """
    _check_numbers(limit, rounds)
    seed = check_seed(seed)
    say = _announce if progress else _keep_quiet
    chosen = subjects(models)
    whole = _image_data(data, split, data_dir, image_size)
    used = whole.first(limit)
    measured = [MeasuredModel(subject, used) for subject in chosen]
    options = {
        "num_samples": num_samples,
        "correction_images": correction_images,
        "correction_samples": correction_samples,
    }
    for number, model in enumerate(measured, 1):
        say(f"{model.subject.label} ({number} of {len(measured)})")
        model.measure_cost()
        model.measure_likelihood(
            seed=seed,
            memory_limit=memory_limit,
            checkpoint=None if checkpoint is None else Path(checkpoint) / str(number),
            progress=progress,
            **options,
        )
        model.measure_images(seed)
    say("speed")
    speeds = _speeds(measured, used, rounds, seed)
    results = tuple(model.result() for model in measured)
    able = [model for model in measured if model.obstacle is None]
    groups = likelihood_groups([model.subject for model in able])
    say("pictures")
    return Comparison(
        protocol=Protocol.of(used, len(whole), seed, rounds, _BATCH, **options),
        results=results,
        groups=tuple(groups),
        differences=tuple(_differences(measured, groups)),
        reasons=(*why_apart([m.subject for m in able]), *why_empty(results)),
        warnings=tuple(find_warnings(measured, used, speeds)),
        pictures=make_pictures(measured, used, seed) if pictures else None,
    )


def _image_data(
    data: Any, split: str | None, data_dir: Any, image_size: int | None
) -> ImageData:
    if isinstance(data, ImageData):
        if split not in (None, data.split):
            raise ValueError(
                f"Expected no split with images in memory. Received: split={split!r}"
            )
        return data
    named = isinstance(data, str) and Path(data).suffix != ".npz"
    if named and split is None:
        split = "test"
    return load_data(data, split, data_dir=data_dir, image_size=image_size)


def _speeds(
    measured: Sequence[MeasuredModel], data: ImageData, rounds: int, seed: int
) -> dict[str, Speed]:
    """Measures the speed of all models in turn, and notes it down."""
    able = [model for model in measured if model.obstacle is None]
    names = ("encode_rate", "decode_rate", "sample_rate", "latency")
    if not rounds:
        for model in measured:
            model.skip(names, "Speed was not measured in this run (rounds=0).")
    if not rounds or not able:
        return {}
    rows = np.arange(_BATCH) % len(data)
    speeds = measure_speed(
        {model.subject.label: model.subject.model for model in able},
        data.images[rows],
        {
            model.subject.label: model.condition[rows]
            for model in able
            if model.condition is not None
        },
        rounds,
        seed,
    )
    for model in able:
        model.measurements += speeds[model.subject.label].measurements
    return speeds


def _differences(
    measured: Sequence[MeasuredModel], groups: Sequence[LikelihoodGroup]
) -> list[PairedDifference]:
    likelihoods = {m.subject.label: m.likelihood for m in measured}
    differences = []
    for group in groups:
        rows = {label: likelihoods[label] for label in group.labels}
        differences += paired_differences(
            {label: row.nll for label, row in rows.items()},
            {
                label: row.correction
                for label, row in rows.items()
                if row.correction is not None
            },
        )
    return differences


def _check_numbers(limit: int | None, rounds: int) -> None:
    for name, value, least in (("limit", limit, 1), ("rounds", rounds, 0)):
        if value is not None and not is_integer(value, least):
            raise ValueError(
                f"Expected `{name}` to be an integer >= {least}. "
                f"Received: {name}={value!r}"
            )


def _announce(message: str) -> None:
    print(f"Comparing: {message}", file=sys.stderr, flush=True)


def _keep_quiet(message: str) -> None:
    pass
