"""The steps that an interrupted training has made."""

import itertools
from collections.abc import Callable
from typing import Any

import keras


class SkippedSteps:
    """Takes the place of a model's `train_function` until training is where it was.

    Keras has no way to begin inside of an epoch, so it counts the steps that were made,
    and nothing is done in them. Their batches are read and thrown away.

    Args:
        model: The model, in `fit`.
        batches: How many batches of the first iterator were trained on.
        steps: How many steps of the first epoch were made.
        restore: Called after the last of those, to give the training its state.
    """

    def __init__(
        self, model: keras.Model, batches: int, steps: int, restore: Callable[[], None]
    ) -> None:
        self._model = model
        self._batches, self._steps, self._restore = batches, steps, restore
        self._function = model.train_function
        model.train_function = self

    def __call__(self, iterator: Any) -> dict[str, Any]:
        """What Keras calls for the next steps.

        Args:
            iterator: Yields batches.

        Returns:
            The logs: empty, but for those of the last step.
        """
        batches, self._batches = self._batches, 0
        for _ in itertools.islice(iterator, batches):
            pass
        if not self._steps:
            self.remove()
            return self._function(iterator)
        self._steps = max(0, self._steps - self._model.steps_per_execution)
        if self._steps:
            return {}
        self.remove()
        self._restore()
        return self._model.get_metrics_result()

    def remove(self) -> None:
        """Gives the model its function back."""
        if self._model.train_function is self:
            self._model.train_function = self._function
