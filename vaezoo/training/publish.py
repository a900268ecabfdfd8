"""From a trained model to a folder of the zoo: measure, describe, export."""

import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from vaezoo.data import ImageData
from vaezoo.evaluation import Evaluation, evaluate_likelihood
from vaezoo.models import VAE
from vaezoo.serving import export
from vaezoo.training.machine import machine_class
from vaezoo.training.run import TrainingRun


def publish(
    model: VAE,
    out: str | os.PathLike[str],
    *,
    run: TrainingRun,
    splits: Mapping[str, ImageData],
    training: Mapping[str, Any],
    description: str,
    reference: str,
    published: Sequence[Mapping[str, Any]] = (),
    evaluation: Mapping[str, Any] | None = None,
) -> pathlib.Path:
    """Measures a trained model on the test images and exports it with its card.

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
        evaluation: Arguments of `evaluate_likelihood`, such as `correction_images`.

    Returns:
        The folder `out/NAME/VERSION`.
    """
    test = splits["test"]
    print(f"Measuring {model.name} on {len(test):,} test images", flush=True)
    result = evaluate_likelihood(
        model, test.images, progress=True, **(evaluation or {})
    )
    print(result, flush=True)
    card = _card(model, result, run, splits, training)
    card |= {
        "description": description,
        "reference": reference,
        "published": [dict(entry) for entry in published],
    }
    folder = export(model, pathlib.Path(out) / model.name, card=card)
    print(f"Wrote {folder}", flush=True)
    return folder


def _card(
    model: VAE,
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
        "metrics": [
            {**row, "protocol": f"{test.split} images; {row['protocol']}"}
            for row in result.rows()
        ],
        "licence": "Apache-2.0",
        "data_licence": test.licence,
    }
