"""A loss that is not finite stops training."""

import math
from typing import Any

import keras


class NonFiniteLossError(ArithmeticError):
    """The loss became NaN or infinite during training.

    Attributes:
        step: Number of the optimizer step, counted from 1.
        term: `"reconstruction"`, `"kl"` or `"loss"`: the first that was not finite.
    """

    def __init__(self, step: int, term: str) -> None:
        super().__init__(
            f"Expected a finite loss. Received: `{term}` was NaN or infinite at "
            f"training step {step}, so training stopped before a checkpoint was "
            "overwritten. Usual causes: a learning rate that is too high, no gradient "
            "clipping (`clipnorm=` of the optimizer), data outside [0, 1]."
        )
        self.step = step
        self.term = term


class StopOnNonFiniteLoss(keras.callbacks.Callback):
    """Raises `NonFiniteLossError`; `fit` puts it before the caller's callbacks."""

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        """Looks at the running mean of the loss, which stays NaN once it is NaN."""
        if logs and not math.isfinite(float(logs["loss"])):
            raise NonFiniteLossError(*self.model.first_non_finite())
