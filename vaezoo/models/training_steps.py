"""What one step of training, evaluation or prediction does."""

import math
from typing import Any

import keras
import tensorflow as tf

from vaezoo import random
from vaezoo.models.inputs import unpack, valid_rows
from vaezoo.models.replicas import (
    is_first_replica,
    mean_over_replicas,
    never_empty,
    replica_count,
    rows_of_replica,
    sum_over_replicas,
)
from vaezoo.models.replication import Replication
from vaezoo.objectives import Terms
from vaezoo.random import Stream


class TrainingSteps(Replication):
    """The steps that Keras calls, and the metrics that they keep."""

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """One step of gradient descent on the objective."""
        x, y, sample_weight = unpack(data)
        step = tf.cast(self.optimizer.iterations, tf.int64)
        made = tf.cast(self._steps_made, tf.int64)
        seed = random.fold_in(self.seed, made, Stream.TRAIN)
        count = tf.shape(x)[0]
        rows = rows_of_replica(count)
        x, y = never_empty(x), never_empty(y)
        seeds = random.row_seeds(seed, tf.shape(x)[0], rows.start)
        with self._drawing("train"), tf.GradientTape() as tape:
            terms = self.terms(x, seeds, y, training=True, step=step)
            terms = _first(_of_images(terms, x), count)
            weighted = _weighted(terms.loss, sample_weight)
            loss = mean_over_replicas(weighted, rows.total)
            for extra in self.losses:
                loss += tf.cast(extra, loss.dtype) / replica_count()
            scaled = self.optimizer.scale_loss(loss)
        weights = self.trainable_weights
        gradients = self._whole_gradients(tape.gradient(scaled, weights))
        self.optimizer.apply(gradients, weights)
        self.non_finite.note(step, terms, loss)
        return self._update_metrics(terms, sample_weight)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """The terms of one batch, with noise that depends on the row's number alone."""
        x, y, sample_weight = unpack(data)
        seed = random.fold_in(self.seed, 0, Stream.TEST)
        count = tf.shape(x)[0]
        rows = rows_of_replica(count)
        x, y = never_empty(x), never_empty(y)
        start = self._evaluated.advance(rows.total) + rows.start
        seeds = random.row_seeds(seed, tf.shape(x)[0], start)
        with self._drawing("test"):
            terms = _first(_of_images(self.terms(x, seeds, y), x), count)
        return self._update_metrics(terms, sample_weight)

    def predict_step(self, data: Any) -> tf.Tensor:
        """Reconstructions of one batch."""
        x, y, _ = unpack(data)
        images = self(x if y is None else (x, y), training=False)
        valid = valid_rows(x)
        if valid is None:
            return images
        return tf.where(valid[:, None, None, None], images, math.nan)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """What the logs hold: the terms of each example in nats, as means."""
        return list(self._metric_means)

    def reset_metrics(self) -> None:
        """Starts the running means, and the rows of an evaluation, anew."""
        super().reset_metrics()
        self._evaluated.reset_state()

    def _update_metrics(
        self, terms: Terms, sample_weight: tf.Tensor | None
    ) -> dict[str, tf.Tensor]:
        for metric in self._metric_means:
            metric.update_state(getattr(terms, metric.name), sample_weight)
        return {metric.name: metric.result() for metric in self._metric_means}

    def _whole_gradients(self, gradients: list[Any]) -> list[Any]:
        """Gradients whose sum over the replicas, which Keras takes, is that of a batch.

        An optimizer that looks at them before, to clip them or for a loss that it
        scales, sees those of the batch on the first replica, and zeros on the others,
        or NaN if they are not finite.
        """
        optimizer = self.optimizer
        limits = ("clipnorm", "global_clipnorm", "clipvalue", "inner_optimizer")
        looks = any(getattr(optimizer, name, None) for name in limits)
        if replica_count() == 1 or not looks:
            return gradients
        first = is_first_replica()
        return [
            None if part is None else part * tf.cast(first, part.dtype)
            for part in sum_over_replicas(gradients)
        ]

    @property
    def _steps_made(self) -> tf.Variable:
        """Counts batches; `optimizer.iterations` counts changes of the weights."""
        optimizer = getattr(self.optimizer, "inner_optimizer", self.optimizer)
        return optimizer.variables[0].value


def _first(terms: Terms, count: tf.Tensor) -> Terms:
    """The terms without that of a row which is there only lest there be none."""
    if replica_count() == 1:
        return terms
    return type(terms)(*(term[:count] for term in terms))


def _of_images(terms: Terms, x: tf.Tensor) -> Terms:
    """The terms, NaN for what is no image: binarization would hide that."""
    valid = valid_rows(x)
    if valid is None:
        return terms
    return type(terms)(*(tf.where(valid, term, math.nan) for term in terms))


def _weighted(values: tf.Tensor, sample_weight: tf.Tensor | None) -> tf.Tensor:
    if sample_weight is None:
        return values
    return values * tf.reshape(tf.cast(sample_weight, values.dtype), tf.shape(values))
