"""What one step of training, evaluation or prediction does."""

from typing import Any

import keras
import tensorflow as tf

from vaezoo import random
from vaezoo.models.execution import Execution
from vaezoo.models.inputs import unpack
from vaezoo.objectives import Terms
from vaezoo.random import Stream


class TrainingSteps(Execution):
    """The steps that Keras calls, and the metrics that they keep."""

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """One step of gradient descent on the objective."""
        x, y, sample_weight = unpack(data)
        step = tf.cast(self.optimizer.iterations, tf.int64)
        made = tf.cast(self._steps_made, tf.int64)
        seed = random.fold_in(self.seed, made, Stream.TRAIN)
        seeds = random.row_seeds(seed, tf.shape(x)[0])
        with self._drawing("train"), tf.GradientTape() as tape:
            terms = self.terms(x, seeds, y, training=True, step=step)
            loss = tf.reduce_mean(_weighted(terms.loss, sample_weight))
            for extra in self.losses:
                loss += tf.cast(extra, loss.dtype)
            scaled = self.optimizer.scale_loss(loss)
        weights = self.trainable_weights
        self.optimizer.apply(tape.gradient(scaled, weights), weights)
        self.non_finite.note(step, terms, loss)
        return self._update_metrics(terms, sample_weight)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """The terms of one batch, with noise that depends on the row's number alone."""
        x, y, sample_weight = unpack(data)
        seed = random.fold_in(self.seed, 0, Stream.TEST)
        start = self._evaluated.advance(tf.shape(x)[0])
        seeds = random.row_seeds(seed, tf.shape(x)[0], start)
        with self._drawing("test"):
            terms = self.terms(x, seeds, y)
        return self._update_metrics(terms, sample_weight)

    def predict_step(self, data: Any) -> tf.Tensor:
        """Reconstructions of one batch."""
        x, y, _ = unpack(data)
        return self(x if y is None else (x, y), training=False)

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

    @property
    def _steps_made(self) -> tf.Variable:
        """Counts batches; `optimizer.iterations` counts changes of the weights."""
        optimizer = getattr(self.optimizer, "inner_optimizer", self.optimizer)
        return optimizer.variables[0].value


def _weighted(values: tf.Tensor, sample_weight: tf.Tensor | None) -> tf.Tensor:
    if sample_weight is None:
        return values
    return values * tf.reshape(tf.cast(sample_weight, values.dtype), tf.shape(values))
