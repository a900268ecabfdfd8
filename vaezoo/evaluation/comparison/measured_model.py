"""Measuring one model of a comparison."""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from vaezoo.data import ImageData
from vaezoo.evaluation.classifier_files import classifier_for
from vaezoo.evaluation.comparison.likelihood_group import no_density
from vaezoo.evaluation.comparison.model_result import ModelResult
from vaezoo.evaluation.comparison.subject import Subject
from vaezoo.evaluation.cost import decode_flops, encode_flops, size
from vaezoo.evaluation.data_condition import data_condition
from vaezoo.evaluation.likelihood import per_image_likelihood
from vaezoo.evaluation.measurement import Measurement
from vaezoo.evaluation.per_image import PerImageLikelihood
from vaezoo.evaluation.reconstruction_error import reconstruction_error
from vaezoo.evaluation.sample_quality import sample_quality
from vaezoo.models import VAE
from vaezoo.zoo import Metric

_DENSITY = ("nll", "bits_per_dim", "elbo", "rate", "distortion", "active_units")
_SAMPLES = ("frechet_distance", "precision", "recall")
_SPEED = ("encode_rate", "decode_rate", "sample_rate", "latency")


class MeasuredModel:
    """A model with what is found out about it, step by step.

    Args:
        subject: The model.
        data: The images that all models are measured on.
    """

    def __init__(self, subject: Subject, data: ImageData) -> None:
        self.subject = subject
        self.data = data
        self.measurements: list[Measurement] = []
        self.missing: dict[str, str] = {}
        self.likelihood: PerImageLikelihood | None = None
        self.condition: Any = None
        self.obstacle = self._obstacle()
        if self.obstacle is None:
            self.condition = data_condition(subject.model, data)
        else:
            self.skip((*_DENSITY, *_SAMPLES, *_SPEED), self.obstacle)
            self.skip(("reconstruction_error",), self.obstacle)

    def skip(self, names: Iterable[str], reason: str) -> None:
        """Notes why measurements are not made; the first reason stays.

        Args:
            names: The measurements.
            reason: The reason, a sentence.
        """
        for name in names:
            self.missing.setdefault(name, reason)

    def measure_cost(self) -> None:
        """Weights, bytes and operations, and what the card says of the training."""
        model = self.subject.model
        self.measurements += size(model)
        for name, count in (
            ("encode_flops", encode_flops),
            ("decode_flops", decode_flops),
        ):
            self._try((name,), lambda count=count: [count(model)])
        card = self.subject.card
        if card is None or card.training is None:
            self.skip(("training_time",), "It has no model card.")
            return
        training = card.training
        how = f"from its card: {training.epochs:,} epochs on {training.machine}"
        seconds = training.wall_time_seconds
        self.measurements.append(Measurement("training_time", seconds, "s", how, 1))

    def measure_likelihood(self, num_samples: int, seed: int, **options: Any) -> None:
        """NLL, bound, rate and distortion.

        Args:
            num_samples: k, importance samples an image.
            seed: Seed of the samples.
            **options: Further arguments of `per_image_likelihood`.
        """
        reason = no_density(self.subject.model)
        if reason is not None:
            self.skip((*_DENSITY, "sample_rate", *_SAMPLES), reason)
        if self.obstacle is not None or reason is not None:
            return
        self.likelihood = per_image_likelihood(
            self.subject.model,
            self.data.images,
            num_samples,
            seed,
            y=self.condition,
            **options,
        )
        by_name = {m.name: m for m in self.likelihood.evaluation.measurements}
        reconstruction = by_name.pop("reconstruction")
        renamed = {
            "rate": by_name.pop("kl"),
            "distortion": dataclasses.replace(
                reconstruction, value=-reconstruction.value
            ),
        }
        self.measurements += by_name.values()
        self.measurements += [
            dataclasses.replace(m, name=name) for name, m in renamed.items()
        ]
        if "bits_per_dim" not in by_name:
            binary = "Bits/dim are for grey and colour pixels; these are binary."
            part = "Bits/dim need a fixed number of pixels; some are known here."
            completes = self.subject.model.completes
            self.skip(("bits_per_dim",), part if completes else binary)

    def measure_images(self, seed: int) -> None:
        """Reconstruction error, and the quality of samples.

        Args:
            seed: Seed of the samples.
        """
        if self.obstacle is not None:
            return
        error = reconstruction_error(
            self.subject.model, self.data.images, self.condition
        )
        self.measurements.append(error)
        classifier = classifier_for(self.data.name)
        if not isinstance(self.subject.model, VAE):
            return
        if classifier is None:
            self.skip(_SAMPLES, f"vaezoo has no classifier of {self.data.name!r}.")
            return
        self._try(
            _SAMPLES,
            lambda: (
                sample_quality(
                    self.subject.model,
                    self.data.images,
                    n=len(self.data),
                    seed=seed,
                    y=self.condition,
                    classifier=classifier,
                ).measurements
            ),
        )

    def result(self) -> ModelResult:
        """Everything that was found out."""
        subject, card = self.subject, self.subject.card
        measurements = list(self.measurements)
        published = ()
        if card is not None and card.data and card.data.name == self.data.name:
            measurements += [_from_card(m) for m in card.metrics if m.name == "nll"]
            published = card.published or ()
        there = {m.name for m in measurements}
        return ModelResult(
            subject.label,
            subject.source,
            subject.family,
            subject.model.latent_dim,
            tuple(measurements),
            {name: why for name, why in self.missing.items() if name not in there},
            published,
        )

    def _obstacle(self) -> str | None:
        """Why the model takes no images of these data; None if it does."""
        model = self.subject.model
        if model.image_shape != self.data.image_shape:
            ours, theirs = (
                " x ".join(map(str, shape))
                for shape in (model.image_shape, self.data.image_shape)
            )
            return f"It takes images of {ours}; these are of {theirs}."
        try:
            condition = data_condition(model, self.data)
            if model.conditional:
                model.condition.check(condition, len(self.data))
        except ValueError:
            return f"It must be told y, {model.condition}, and the data do not have it."
        return None

    def _try(
        self, names: Iterable[str], measure: Callable[[], Iterable[Measurement]]
    ) -> None:
        """Measures, or notes the reason of the refusal."""
        try:
            self.measurements += measure()
        except ValueError as error:
            self.skip(names, str(error))


def _from_card(metric: Metric) -> Measurement:
    fields = dataclasses.asdict(metric)
    return Measurement(**{**fields, "name": "card_nll"})
