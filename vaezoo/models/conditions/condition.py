"""The base class of conditions."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo.images import as_array


class Condition:
    """What a conditional model is given beside the image, as `y`.

    A condition knows which values are valid, before a step is run, and turns them into
    the float features that the networks take, inside the graph. A subclass defines
    `_standardize`, `features`, `feature_shape`, `value_shape`, `dtype` and `example`,
    is registered with `keras.saving.register_keras_serializable` and returns its
    constructor's arguments from `get_config`.
    """

    serving_name = "condition"
    """What the input is called in the signatures of an exported model."""

    dtype = "float32"
    """dtype of valid values."""

    @property
    def value_shape(self) -> tuple[int, ...]:
        """Shape of the condition of one image."""
        raise NotImplementedError(f"{type(self).__name__} must define `value_shape`.")

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """Shape of the features of one image: a vector's, or an image's."""
        raise NotImplementedError(f"{type(self).__name__} must define `feature_shape`.")

    def features(self, y: tf.Tensor) -> tf.Tensor:
        """What the networks take, inside a graph.

        A row that is not valid gives features of NaN, so that training stops and a
        served model answers for that row alone that it has no answer.

        Args:
            y: `(batch, *value_shape)`.

        Returns:
            float32 `(batch, *feature_shape)`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `features`.")

    def example(self, n: int, seed: int = 0) -> np.ndarray:
        """Random valid conditions.

        Args:
            n: How many.
            seed: Same seed, same conditions.

        Returns:
            `(n, *value_shape)`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `example`.")

    def check(self, y: Any, n: int | None = None) -> np.ndarray:
        """Checks conditions and returns them in the form that graphs take.

        Args:
            y: One condition a row; or a single one, which stands for every row.
            n: How many rows there are; `None` if as many as there are conditions.

        Returns:
            `(n, *value_shape)`, of the condition's `dtype`.

        Raises:
            ValueError: If there is no condition, it is not a valid one, or there are
                more or fewer than rows.
        """
        if y is None:
            raise ValueError(
                f"Expected a condition y, {self._expected()}. Received: y=None"
            )
        array = self._standardize(self._array(y))
        if array.ndim == len(self.value_shape):
            array = np.broadcast_to(array, (1 if n is None else n, *self.value_shape))
        elif not len(array) or (n is not None and len(array) != n):
            rows = "at least one row" if n is None else f"{n} rows, one for each image"
            raise ValueError(
                f"Expected a condition y of {rows}. Received: y of {len(array)} rows"
            )
        return np.ascontiguousarray(array, self.dtype)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        raise NotImplementedError(f"{type(self).__name__} must define `get_config`.")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Condition":
        """The condition of a configuration."""
        return cls(**config)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{k}={v!r}" for k, v in self.get_config().items())
        return f"{type(self).__name__}({arguments})"

    def _standardize(self, array: np.ndarray) -> np.ndarray:
        """The array, of rank `len(value_shape)` or one more, if it is valid."""
        raise NotImplementedError(f"{type(self).__name__} must define `_standardize`.")

    def _expected(self) -> str:
        """What a valid `y` is, for error messages."""
        return f"{self.dtype} of shape (n, {', '.join(map(str, self.value_shape))})"

    def _array(self, y: Any) -> np.ndarray:
        try:
            array = as_array(y)
        except ValueError as error:
            raise ValueError(
                f"Expected a condition y, {self._expected()}. {error}"
            ) from error
        if array.dtype.kind not in "biuf":
            raise self._refusal(f"y of type {type(y).__name__}, dtype {array.dtype}")
        return array

    def _refusal(self, received: str, hint: str = "") -> ValueError:
        return ValueError(
            f"Expected a condition y, {self._expected()}.{hint} Received: {received}"
        )


def make_condition(condition: Any) -> Condition | None:
    """Resolves the `condition` argument of a model.

    Args:
        condition: A `Condition`, its serialized form, or `None`.

    Raises:
        ValueError: If it is something else.
    """
    if isinstance(condition, dict):
        condition = keras.saving.deserialize_keras_object(condition)
    if condition is None or isinstance(condition, Condition):
        return condition
    raise ValueError(
        "Expected `condition` to be a vaezoo.models.Condition, such as "
        "`vaezoo.Labels(10)`, or None for a model without one. "
        f"Received: condition={condition!r}"
    )
