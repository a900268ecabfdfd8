"""Training: what `compile`, `fit` and `evaluate` do."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo import random
from vaezoo.models.callback_order import ordered
from vaezoo.models.inputs import check_fit_data, keep_weights, unpack
from vaezoo.models.non_finite import StopOnNonFiniteLoss
from vaezoo.models.starting_bias import start_from_data
from vaezoo.objectives import Terms
from vaezoo.random import Stream


class TrainingVerbs:
    """The training of VAEs and autoencoders, on top of `keras.Model`'s."""

    def compile(self, optimizer: Any = "adam", **kwargs: Any) -> None:
        """Configures training; the loss is the model's objective.

        Args:
            optimizer: A Keras optimizer or its name.
            **kwargs: `steps_per_execution`, `jit_compile`, `run_eagerly`,
                `auto_scale_loss`, as in `keras.Model.compile`.

        Raises:
            ValueError: If a loss or metrics are given.
        """
        given = {k for k, v in kwargs.items() if v is not None}
        if extra := given & {"loss", "loss_weights", "metrics", "weighted_metrics"}:
            names = ", ".join(metric.name for metric in self._metric_means)
            raise ValueError(
                f"Expected no loss and no metrics: {type(self).__name__} minimizes its "
                f"own objective and reports {names}. "
                f"Received: {', '.join(sorted(extra))}"
            )
        super().compile(optimizer=optimizer, **kwargs)

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        adapt: bool = True,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains the model; see `keras.Model.fit` for the arguments.

        Args:
            x: Images as an array or a `tf.data.Dataset` of batches; uint8 or floats in
                [0, 1], `(n, height, width, channels)`.
            y: The condition, in conditional models, one row an image. A data set
                yields `(x, y)` or `(x, y, sample_weight)` instead.
            batch_size: Images a step, for arrays.
            epochs: Number of passes over the data.
            verbose: 0, 1, 2 or "auto".
            callbacks: Keras callbacks; those with a true `adds_to_logs` are called
                before the others.
            validation_split: Share of the arrays to validate on.
            validation_data: Images, `(x, y)`, `(x, y, sample_weight)` or a data set.
            shuffle: Whether to shuffle arrays; a data set shuffles itself.
            adapt: Whether a model that has made no step starts from the mean image, as
                by `adapt(x)`, or that of a data set's first batch, if its decoder ends
                in a bias of zeros. A trained or loaded model has another bias, and
                keeps it.
            **kwargs: The other arguments of `keras.Model.fit`.

        Returns:
            The `History`.

        Raises:
            ValueError: If the data do not fit the model, before the first step.
            NonFiniteLossError: If the loss becomes NaN or infinite.
        """
        x, y = check_fit_data(x, y, self.image_shape, self.condition)
        if validation_data is not None:
            validation_data = self._check_validation(validation_data)
        # First, so that no other callback sees, or saves, what went wrong.
        stop = StopOnNonFiniteLoss(self)
        callbacks = ordered(stop, callbacks)
        if adapt:
            start_from_data(self, x, validation_split)
        return super().fit(
            x,
            keep_weights(x, y, kwargs.get("sample_weight")),
            batch_size=batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_data=validation_data,
            # Keras warns of its own default where it does not apply.
            shuffle=shuffle and not isinstance(x, tf.data.Dataset),
            **kwargs,
        )

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        **kwargs: Any,
    ) -> Any:
        """Means of the terms, `loss` first; see `keras.Model.evaluate`.

        The same data give the same result at every call and for every batch size (but
        for the loss of objectives that contrast the rows of a batch, `contrasts_rows`).

        Args:
            x: Images, as for `fit`.
            y: The condition, in conditional models.
            batch_size: Images a step, for arrays.
            verbose: 0, 1, 2 or "auto".
            **kwargs: The other arguments of `keras.Model.evaluate`.

        Returns:
            A list of the means, or a dictionary with `return_dict=True`.

        Raises:
            ValueError: If the data do not fit the model.
        """
        if not kwargs.get("_use_cached_eval_dataset"):  # set from within `fit`
            x, y = check_fit_data(x, y, self.image_shape, self.condition)
            y = keep_weights(x, y, kwargs.get("sample_weight"))
        return super().evaluate(x, y, batch_size=batch_size, verbose=verbose, **kwargs)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        y: Any = None,
        **kwargs: Any,
    ) -> np.ndarray:
        """Reconstructions; see `keras.Model.predict` for the arguments.

        Args:
            x: Images, as for `fit`; in conditional models, whose second input the
                condition is, `(images, y)` or a data set of that.
            batch_size: Images a step, for arrays.
            verbose: 0, 1, 2 or "auto".
            y: The condition, where `x` is images alone.
            **kwargs: The other arguments of `keras.Model.predict`.

        Returns:
            float32 `(n, height, width, channels)`, in [0, 1].

        Raises:
            ValueError: If the images or the condition do not fit the model.
        """
        if self.conditional and y is None and isinstance(x, (tuple, list)):
            x, y = _pair(x)
        x, y = check_fit_data(x, y, self.image_shape, self.condition)
        inputs = x if y is None else (x, y)
        return super().predict(inputs, batch_size=batch_size, verbose=verbose, **kwargs)

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """One step of gradient descent on the objective."""
        x, y, sample_weight = unpack(data)
        step = tf.cast(self.optimizer.iterations, tf.int64)
        seed = random.fold_in(self.seed, step, Stream.TRAIN)
        seeds = random.row_seeds(seed, tf.shape(x)[0])
        with tf.GradientTape() as tape:
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
        terms = self.terms(x, random.row_seeds(seed, tf.shape(x)[0], start), y)
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

    def _check_validation(self, data: Any) -> Any:
        if not isinstance(data, (tuple, list)):
            return check_fit_data(data, None, self.image_shape, self.condition)[0]
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(tuple(data))
        x, y = check_fit_data(x, y, self.image_shape, self.condition)
        y = keep_weights(x, y, sample_weight)
        return x if y is None else (x, y, sample_weight)


def _weighted(values: tf.Tensor, sample_weight: tf.Tensor | None) -> tf.Tensor:
    if sample_weight is None:
        return values
    return values * tf.reshape(tf.cast(sample_weight, values.dtype), tf.shape(values))


def _pair(inputs: Any) -> tuple[Any, Any]:
    if len(inputs) != 2:
        raise ValueError(
            "Expected the inputs `(images, y)`. "
            f"Received: {type(inputs).__name__} of {len(inputs)} elements"
        )
    return tuple(inputs)
