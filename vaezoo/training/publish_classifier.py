"""From a trained classifier to a folder: measure, describe, write."""

import dataclasses
import os
import pathlib
from collections.abc import Mapping
from typing import Any

import keras

from vaezoo.data import ImageData
from vaezoo.distributed import is_chief
from vaezoo.evaluation import (
    Classifier,
    ClassifierCard,
    Evaluation,
    Measurement,
    frechet_distance,
    precision_recall,
    save_classifier,
)
from vaezoo.training.machine import machine_class
from vaezoo.training.run import TrainingRun
from vaezoo.zoo import DataCard, Metric, TrainingCard
from vaezoo.zoo.saving import installed_versions


def publish_classifier(
    network: keras.Model,
    folder: str | os.PathLike[str],
    *,
    run: TrainingRun,
    splits: Mapping[str, ImageData],
    architecture: Mapping[str, Any],
    training: Mapping[str, Any],
    augmentation: str,
    description: str,
) -> pathlib.Path:
    """Measures a trained classifier on validation and test images, and writes it.

    Of several workers of a cluster the chief does so, the others go on at once.

    Args:
        network: The trained network, of `vaezoo.evaluation.classifier_network`.
        folder: Where it is written.
        run: The run that trained it.
        splits: "train", "validation" and "test" data, with labels.
        architecture: `filters` and `feature_dim`, as given to `classifier_network`.
        training: What the card says of the training: `recipe`, `command`, `epochs`,
            `batch_size`, `optimizer`, `schedule`, `seed`.
        augmentation: What was done to the images in training.
        description: One sentence.

    Returns:
        The folder.
    """
    if not is_chief():
        return pathlib.Path(folder)
    classifier = Classifier(network)
    measurements = [
        *_accuracies(classifier, splits),
        *_real_images(classifier, splits["train"], splits["test"]),
    ]
    for measurement in measurements:
        print(measurement, flush=True)
    train = splits["train"]
    card = ClassifierCard(
        name=train.name,
        description=description,
        image_shape=train.image_shape,
        num_classes=train.num_classes,
        filters=tuple(architecture["filters"]),
        feature_dim=architecture["feature_dim"],
        parameters=network.count_params(),
        data=DataCard(
            name=train.name,
            split=train.split,
            sizes={split: len(data) for split, data in splits.items()},
            binarization=None,
        ),
        training=TrainingCard(
            wall_time_seconds=run.seconds,
            machine=machine_class(),
            selected_on="validation images; the weights are those of the last step",
            **training,
        ),
        augmentation=augmentation,
        versions=installed_versions(),
        metrics=tuple(Metric(**row) for row in Evaluation(tuple(measurements)).rows()),
        weights_sha256="0" * 64,
        licence="Apache-2.0",
        data_licence=train.licence,
    )
    save_classifier(network, card, folder)
    print(f"Wrote {folder}", flush=True)
    return pathlib.Path(folder)


def _accuracies(
    classifier: Classifier, splits: Mapping[str, ImageData]
) -> list[Measurement]:
    measurements = []
    for split in ("test", "validation"):
        data = splits[split]
        accuracy = classifier.accuracy(data.images, data.labels, f"{split}_accuracy")
        protocol = f"share of {split} images that are read as labelled"
        measurements.append(dataclasses.replace(accuracy, protocol=protocol))
    return measurements


def _real_images(
    classifier: Classifier, train: ImageData, test: ImageData
) -> list[Measurement]:
    """What samples that are as good as real images would get."""
    count = min(len(train), len(test))
    real = classifier.features(test.images[:count])
    other = classifier.features(train.images[:count])
    distance = frechet_distance(real, other)
    shares = precision_recall(real, other)
    protocol = f"the first {count} training images in place of samples, and test images"
    return [
        Measurement(
            "real_frechet_distance", distance, "squared distance", protocol, count
        ),
        Measurement("real_precision", shares.precision, "share", protocol, count),
        Measurement("real_recall", shares.recall, "share", protocol, count),
    ]
