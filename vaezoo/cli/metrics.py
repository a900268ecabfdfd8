"""What `vaezoo evaluate` can measure."""

import argparse
import dataclasses
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from vaezoo.cli.conditions import data_condition
from vaezoo.cli.data_arguments import load_split
from vaezoo.cli.likelihood_arguments import likelihood_options

if TYPE_CHECKING:
    from vaezoo.data import ImageData
    from vaezoo.evaluation import Measurement
    from vaezoo.models import VAE


@dataclasses.dataclass(frozen=True)
class Run:
    """What a measurement is made of.

    Args:
        model: The model.
        data: The images.
        arguments: Those of the command line.
    """

    model: "VAE"
    data: "ImageData"
    arguments: argparse.Namespace

    def condition(self) -> Any:
        """What the data have for the condition of the model."""
        return data_condition(self.model, self.data)


def likelihood(run: Run) -> "Iterable[Measurement]":
    """NLL, ELBO and its terms, active latents."""
    from vaezoo.evaluation import evaluate_likelihood

    return evaluate_likelihood(
        run.model,
        run.data.images,
        progress=sys.stderr.isatty(),
        y=run.condition(),
        **likelihood_options(run.arguments),
    ).measurements


def reconstruction(run: Run) -> "Iterable[Measurement]":
    """Mean squared error of reconstructions."""
    from vaezoo.evaluation import reconstruction_error

    return [reconstruction_error(run.model, run.data.images, run.condition())]


def latents(run: Run) -> "Iterable[Measurement]":
    """What the KL divergence consists of."""
    from vaezoo.evaluation import kl_decomposition

    images, seed = run.data.images, run.arguments.seed
    return kl_decomposition(run.model, images, run.condition(), seed).measurements


def samples(run: Run) -> "Iterable[Measurement]":
    """Fréchet distance, precision, recall; of a label's samples, the accuracy."""
    from vaezoo.evaluation import classifier_for, conditional_accuracy, sample_quality
    from vaezoo.models import Labels

    count, seed = run.arguments.samples or len(run.data), run.arguments.seed
    name = classifier_for(run.data.name)
    labels = isinstance(run.model.condition, Labels)
    y = run.model.condition.cycle(count) if labels else run.condition()
    measurements = sample_quality(
        run.model, run.data.images, count, seed, y, name
    ).measurements
    if labels:
        accuracy = conditional_accuracy(run.model, name, count, seed)
        measurements += accuracy.measurements
    return measurements


def memorization(run: Run) -> "Iterable[Measurement]":
    """Whether samples are copies of training images."""
    from vaezoo.cli.conditions import sample_condition
    from vaezoo.evaluation import memorization

    count = run.arguments.samples or len(run.data)
    y = sample_condition(run.model, None, count)
    drawn = run.model.sample(count, run.arguments.seed, y)
    train = load_split(run.arguments, "train")
    return memorization(drawn, train.images, run.data.images).measurements


def representation(run: Run) -> "Iterable[Measurement]":
    """Accuracy on labels of a linear and of a nearest-neighbour probe of the codes."""
    from vaezoo.evaluation import probes

    train = load_split(run.arguments, "train")
    return probes(run.model, train, run.data).measurements


def disentanglement(run: Run) -> "Iterable[Measurement]":
    """MIG, DCI, SAP and others against ground-truth factors; takes minutes."""
    from vaezoo.evaluation import evaluate_disentanglement

    seed = run.arguments.seed
    return evaluate_disentanglement(run.model, run.data, seed=seed).measurements


def cost(run: Run) -> "Iterable[Measurement]":
    """Weights, bytes, and operations of an image."""
    from vaezoo.evaluation.cost import decode_flops, encode_flops, size

    return [*size(run.model), encode_flops(run.model), decode_flops(run.model)]


METRICS: dict[str, Callable[[Run], "Iterable[Measurement]"]] = {
    function.__name__: function
    for function in (
        likelihood,
        reconstruction,
        latents,
        samples,
        memorization,
        representation,
        disentanglement,
        cost,
    )
}
