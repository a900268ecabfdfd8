"""From a trained model to a folder of the zoo: measure, describe, export."""

import dataclasses
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from vaezoo.data import ImageData
from vaezoo.distributed import is_chief
from vaezoo.evaluation import Evaluation, evaluate_likelihood
from vaezoo.models import VAE, Autoencoder, Labels
from vaezoo.output_file import output_file
from vaezoo.plotting import sample_grid
from vaezoo.serving import export
from vaezoo.training.machine import machine_class
from vaezoo.training.run import TrainingRun


def measure_likelihood(model: VAE, test: ImageData) -> Evaluation:
    """What a card says of an unconditional VAE: see `evaluate_likelihood`, k = 5000."""
    return evaluate_likelihood(model, test.images, progress=True)


def draw_samples(model: VAE) -> Figure:
    """What ZOO.md shows of a VAE: 36 samples; with labels, a column for each class."""
    condition = model.condition
    if isinstance(condition, Labels):
        y = condition.cycle(4 * condition.num_classes)
        return sample_grid(model.sample(len(y), 0, y), condition.num_classes)
    return sample_grid(model.sample(36, seed=0))


def publish(
    model: VAE | Autoencoder,
    out: str | os.PathLike[str],
    *,
    run: TrainingRun,
    splits: Mapping[str, ImageData],
    training: Mapping[str, Any],
    description: str,
    reference: str,
    published: Sequence[Mapping[str, Any]] = (),
    measure: Callable[[Any, ImageData], Evaluation] = measure_likelihood,
    draw: Callable[[Any], Figure] = draw_samples,
) -> pathlib.Path:
    """Measures a trained model on the test images and exports it with its card.

    Of several workers of a cluster the chief does so, the others go on at once.

    Args:
        model: The trained model; its name is the name in the zoo.
        out: Folder that holds the zoo's models.
        run: The run that trained it.
        splits: "train", "validation" and "test" data.
        training: What the card says of the training: `epochs`, `batch_size`,
            `optimizer`, `schedule`, `seed`.
        description: One sentence.
        reference: The paper.
        published: Numbers of others for a model of this size, each with its source.
        measure: Takes the model and the test data, and gives the card's numbers, the
            most important first.
        draw: Takes the model and gives a picture of what it generates, for
            `out/NAME/samples.png`.

    Returns:
        The folder `out/NAME/VERSION`; of other workers than the chief `out/NAME`.
    """
    if not is_chief():
        return pathlib.Path(out) / model.name
    test = splits["test"]
    print(f"Measuring {model.name} on {len(test):,} test images", flush=True)
    result = measure(model, test)
    print(result, flush=True)
    card = _card(model, result, run, splits, training)
    card |= {
        "description": description,
        "reference": reference,
        "published": [dict(entry) for entry in published],
    }
    folder = export(model, pathlib.Path(out) / model.name, card=card)
    with output_file(folder.parent / "samples.png") as hidden:
        draw(model).savefig(hidden)
    print(f"Wrote {folder}", flush=True)
    return folder


def _card(
    model: VAE | Autoencoder,
    result: Evaluation,
    run: TrainingRun,
    splits: Mapping[str, ImageData],
    training: Mapping[str, Any],
) -> dict[str, Any]:
    test = splits["test"]
    binarization = "dynamic in training" if model.likelihood.binary else "none"
    return {
        "data": {
            "name": test.name,
            "split": "train",
            "sizes": {split: len(data) for split, data in splits.items()},
            "binarization": binarization,
        },
        "training": {
            "recipe": f"recipes/{model.name}.py",
            "command": f"vaezoo train {model.name}",
            "wall_time_seconds": run.seconds,
            "machine": machine_class(),
            "selected_on": "validation images; the weights are those of the last step",
            **training,
        },
        "metrics": Evaluation(
            tuple(
                dataclasses.replace(m, images=m.images or f"{test.split} images")
                for m in result.measurements
            )
        ).rows(),
        "licence": "Apache-2.0",
        "data_licence": test.licence,
    }
