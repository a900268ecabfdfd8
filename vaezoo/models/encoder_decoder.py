"""Two networks and a likelihood: what VAEs and plain autoencoders share."""

import math
import types
from typing import Any

import keras

from vaezoo import random
from vaezoo.layers import DistributionLayer, IndependentBernoulli
from vaezoo.models.conditions import Condition, make_condition
from vaezoo.models.decoding import DecodingVerbs
from vaezoo.models.known_pixels import check_pixelwise
from vaezoo.models.network_graphs import NetworkGraphs
from vaezoo.models.non_finite import FirstNonFinite
from vaezoo.models.row_counter import RowCounter
from vaezoo.models.training import TrainingVerbs


class EncoderDecoder(NetworkGraphs, DecodingVerbs, TrainingVerbs, keras.Model):
    """An encoder from images to latents and a decoder to p(x|z).

    A subclass sets `latent_dim`, and defines `codes` and `terms`.

    Args:
        encoder: From images, or `[images, features]`, to `(batch, outputs)`.
        decoder: From latents, or `[latents, features]`, to the likelihood's parameters.
        likelihood: The layer of p(x|z). Default: an `IndependentBernoulli` of the shape
            of the encoder's images.
        condition: What the model is given beside the image. Default: nothing.
        term_names: The fields of `terms`, which the logs hold.
        seed: Seed of the noise of training and of `evaluate`.
        **kwargs: `name`, `dtype`, as for any Keras model.

    Raises:
        ValueError: If the pieces do not fit together; the message says which.
    """

    latent_dim: int

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        likelihood: DistributionLayer | None,
        condition: Condition | None,
        term_names: tuple[str, ...],
        seed: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.condition = make_condition(condition)
        self.image_shape = _image_shape(encoder, self.condition)
        self.encoder = encoder
        self.decoder = decoder
        self.likelihood = likelihood or IndependentBernoulli(
            self.image_shape, name="likelihood"
        )
        self.seed = random.check_seed(seed)
        self._metric_means = [keras.metrics.Mean(name=name) for name in term_names]
        self._evaluated = RowCounter(name="evaluated_rows")
        self.non_finite = FirstNonFinite(
            [name for name in ("reconstruction", "kl") if name in term_names]
        )
        self._graphs: dict[Any, Any] = {}
        # In an object of no kind that Keras looks into for what to save.
        self._traced = types.SimpleNamespace(kinds={}, moments=())

    # --- saving -----------------------------------------------------------------------

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> "EncoderDecoder":
        """The model of a configuration, with fresh weights."""
        with keras.saving.custom_object_scope(custom_objects or {}):
            return cls(
                **{
                    key: keras.saving.deserialize_keras_object(value)
                    if isinstance(value, dict)
                    else value
                    for key, value in config.items()
                }
            )

    def get_compile_config(self) -> dict[str, Any] | None:
        """What `compile` was called with, asked for when the model is saved."""
        if self.compiled:
            # `compile_from_config` expects the state even of an optimizer that has not
            # made a step; Keras would create it at the first one.
            self.optimizer.build(self.trainable_variables)
        return super().get_compile_config()

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles as a saved model was, with an optimizer ready for its state."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    def _base_config(self) -> dict[str, Any]:
        policy = keras.saving.serialize_keras_object(self.dtype_policy)
        config = {"name": self.name, "trainable": self.trainable, "dtype": policy}
        if self.condition is not None:
            config["condition"] = keras.saving.serialize_keras_object(self.condition)
        return {**config, "seed": self.seed}

    # --- inside -----------------------------------------------------------------------

    def _build_decoder(self) -> None:
        """Creates the weights from the latents on, once the encoder is known to fit."""
        shape = (None, self.latent_dim)
        if self.condition is not None:
            shape = [shape, (None, *self.condition.feature_shape)]
        if not self.decoder.built:
            self.decoder.build(shape)
        outputs = self.decoder.compute_output_shape(shape)
        size = math.prod(outputs[1:])
        expected = self.likelihood.num_params
        if size != expected or self.likelihood.event_shape != self.image_shape:
            raise ValueError(
                f"Expected a decoder with {expected} outputs and a likelihood of event "
                f"shape {self.image_shape}. Received: decoder output shape {outputs}, "
                f"likelihood event shape {self.likelihood.event_shape}"
            )
        self.likelihood.build((None, expected))
        if self.completes:
            check_pixelwise(self.likelihood)

    def _check_condition(self, y: Any, n: int | None) -> tuple[Any, ...]:
        """The arrays that go with `n` images: none, or the checked condition."""
        if self.condition is not None:
            return (self.condition.check(y, n),)
        if y is not None:
            raise ValueError(
                f"Expected no condition: {type(self).__name__} is not conditional. "
                f"Received: y of type {type(y).__name__}"
            )
        return ()


def _image_shape(encoder: keras.Model, condition: Condition | None) -> tuple[int, ...]:
    inputs = getattr(encoder, "input_shape", None) if encoder.built else None
    shape = inputs
    if condition is not None:
        features = (None, *condition.feature_shape)
        pair = isinstance(inputs, (list, tuple)) and len(inputs) == 2
        if not pair or not isinstance(inputs[0], tuple) or inputs[1] != features:
            raise ValueError(
                "Expected a built encoder with the two inputs [images, features], the "
                f"features of shape {features}: that is what {condition} gives. "
                f"Received: input shape {inputs}"
            )
        shape = inputs[0]
    if shape is None or len(shape) != 4 or None in shape[1:]:
        raise ValueError(
            "Expected a built encoder with inputs of shape (batch, height, width, "
            f"channels); begin it with `keras.Input`. Received: input shape {shape}"
        )
    return tuple(shape[1:])
