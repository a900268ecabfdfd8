"""The base class of heads over whole numbers."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow_probability as tfp

from vaezoo.layers.distribution_layer import DistributionLayer

tfd = tfp.distributions


class DiscreteLayer(DistributionLayer):
    """A distribution over whole numbers, whose samples may have a dtype of their own.

    Args:
        event_shape: Shape of one event; an integer stands for a vector.
        convert_to_tensor_fn: See `DistributionLayer`.
        sample_dtype: dtype of samples; that of the parameters by default.
        validate_args: See `DistributionLayer`.
        **kwargs: See `DistributionLayer`.
    """

    def __init__(
        self,
        event_shape: int | Sequence[int] = (),
        convert_to_tensor_fn: str | Callable = "sample",
        sample_dtype: str | None = None,
        validate_args: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(event_shape, convert_to_tensor_fn, validate_args, **kwargs)
        self.sample_dtype = (
            None
            if sample_dtype is None
            else keras.backend.standardize_dtype(sample_dtype)
        )

    def compute_output_spec(self, inputs: keras.KerasTensor) -> keras.KerasTensor:  # noqa: D102
        spec = super().compute_output_spec(inputs)
        # Only samples and modes have the sample dtype; means are real numbers.
        whole = (tfd.Distribution.sample, tfd.Distribution.mode)
        if self.convert_to_tensor_fn in whole and self.sample_dtype:
            return keras.KerasTensor(spec.shape, dtype=self.sample_dtype)
        return spec

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        return {**super().get_config(), "sample_dtype": self.sample_dtype}
