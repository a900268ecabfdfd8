"""The base class of priors."""

from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers.event_shape import check_event_size
from vaezoo.layers.tensor_like import as_tensor_like

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class Prior(keras.layers.Layer):
    """A distribution over the latent space, as a layer.

    `prior.distribution()` is p(z), with an empty batch shape. Called on a tensor, in a
    Functional model say, the layer returns p(z) once for each row: the tensor gives the
    batch and nothing else. A subclass defines `distribution` and `draw`.

    Args:
        event_size: Number of latent dimensions.
        **kwargs: `name`, `dtype`, `trainable`, as for any Keras layer.

    Input shape:
        `(batch, ...)`.

    Output shape:
        A distribution with batch shape `(batch,)` and event shape `(event_size,)`.

    Raises:
        ValueError: If `event_size` is not a positive integer.
    """

    def __init__(self, event_size: int, **kwargs: Any) -> None:
        kwargs.setdefault("autocast", False)
        super().__init__(**kwargs)
        self.event_size = check_event_size(event_size)

    @property
    def event_shape(self) -> tuple[int]:
        """Shape of one latent vector."""
        return (self.event_size,)

    def distribution(self) -> tfd.Distribution:
        """p(z), with an empty batch shape."""
        raise NotImplementedError(f"{type(self).__name__} must define `distribution`.")

    def draw(self, seeds: tf.Tensor, stream: int) -> tf.Tensor:
        """One latent vector a row by the counter-based generator of `vaezoo.random`.

        Args:
            seeds: int64 `(batch,)`, one seed a row.
            stream: Stream of the generator.

        Returns:
            float32 `(batch, event_size)`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `draw`.")

    def call(self, inputs: tf.Tensor) -> tfd.Distribution:
        """p(z) for each row of `inputs`."""
        batch = tfd.BatchBroadcast(self.distribution(), tf.shape(inputs)[:1])
        return as_tensor_like(batch)

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, int]:
        """`(batch, event_size)`."""
        return (input_shape[0], self.event_size)

    def compute_output_spec(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """One latent vector a row, as Keras sees it."""
        return keras.KerasTensor(
            self.compute_output_shape(inputs.shape), dtype=self.variable_dtype
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "event_size": self.event_size}
