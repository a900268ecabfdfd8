"""A loss that is not finite stops training."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import keras
import tensorflow as tf

from vaezoo.models.replicas import replica_count, sum_over_replicas

if TYPE_CHECKING:
    from vaezoo.models.vae import VAE


class NonFiniteLossError(ArithmeticError):
    """The loss, or a weight, became NaN or infinite during training.

    Attributes:
        step: Number of the optimizer step, counted from 1.
        term: `"reconstruction"`, `"kl"` or `"loss"`: the first that was not finite; or
            `"weights"`, if the loss of the last step was still finite.
    """

    def __init__(self, step: int, term: str) -> None:
        super().__init__(
            f"Expected a finite loss. Received: `{term}` NaN or infinite at "
            f"training step {step}, so training stopped before a checkpoint was "
            "overwritten. Usual causes: a learning rate that is too high, no gradient "
            "clipping (`clipnorm=` of the optimizer), data outside [0, 1]."
        )
        self.step = step
        self.term = term


class FirstNonFinite:
    """Remembers at which step, and in which term, a loss first was not finite.

    It looks inside the graph of the training step: `fit` sees the loss only every
    `steps_per_execution` steps, and as a mean of terms.

    Args:
        terms: The terms that the loss is made of, by name.
    """

    def __init__(self, terms: Sequence[str]) -> None:
        self._names = (*terms, "loss")
        first = tf.VariableAggregation.ONLY_FIRST_REPLICA
        self._step = tf.Variable(-1, False, dtype=tf.int64, aggregation=first)
        self._term = tf.Variable(-1, False, dtype=tf.int64, aggregation=first)

    def reset(self) -> None:
        """Forgets what an earlier training ran into."""
        self._step.assign(-1)
        self._term.assign(-1)

    def note(self, step: tf.Tensor, terms: NamedTuple, loss: tf.Tensor) -> None:
        """Looks at one training step, inside its graph.

        Args:
            step: int64, the number of the step, counted from 0.
            terms: The terms of each example.
            loss: What the step minimized.
        """
        values = [*(getattr(terms, name) for name in self._names[:-1]), loss]
        bad = tf.stack([tf.reduce_any(~tf.math.is_finite(value)) for value in values])
        if replica_count() > 1:
            bad = sum_over_replicas([tf.cast(bad, tf.int64)])[0] > 0
        fresh = tf.reduce_any(bad) & (self._step < 0)
        self._step.assign(tf.where(fresh, step, self._step))
        self._term.assign(tf.where(fresh, tf.argmax(bad), self._term))

    def error(self) -> NonFiniteLossError:
        """What to raise once a loss was not finite."""
        return NonFiniteLossError(
            int(self._step.numpy()) + 1, self._names[int(self._term.numpy())]
        )


def check_finite_weights(model: keras.Model) -> None:
    """Checks that a model's weights are finite.

    A step of finite loss can make weights that are not, which only the loss of the next
    step would show: look before they are saved.

    Args:
        model: A compiled model.

    Raises:
        NonFiniteLossError: If a weight is NaN or infinite.
    """
    for weight in model.weights:
        value = tf.convert_to_tensor(weight)
        if value.dtype.is_floating and not tf.reduce_all(tf.math.is_finite(value)):
            raise NonFiniteLossError(int(model.optimizer.iterations), "weights")


class StopOnNonFiniteLoss(keras.callbacks.Callback):
    """Raises `NonFiniteLossError` once the loss, or a weight, is not finite.

    The weights are looked at when an epoch ends.
    """

    added_by_fit = True

    def __init__(self, model: "VAE") -> None:
        super().__init__()
        # Of a `CallbackList` that has its model already, this one would get none.
        self.set_model(model)
        self._found = model.non_finite
        self._found.reset()

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        """Looks at the running mean of the loss, which stays NaN once it is NaN."""
        if logs and not math.isfinite(float(logs["loss"])):
            raise self._found.error()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Looks at the weights, before another callback saves them."""
        check_finite_weights(self.model)
