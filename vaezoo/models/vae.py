"""The variational autoencoder, from any two Keras networks."""

import math
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import (
    DistributionLayer,
    IndependentBernoulli,
    MultivariateNormalDiag,
    Prior,
    StandardNormal,
)
from vaezoo.models.inference import InferenceVerbs
from vaezoo.models.non_finite import FirstNonFinite
from vaezoo.models.row_counter import RowCounter
from vaezoo.models.training import TrainingVerbs
from vaezoo.objectives import ELBO, Objective, Terms
from vaezoo.random import Stream

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class VAE(InferenceVerbs, TrainingVerbs, keras.Model):
    """A variational autoencoder (Kingma & Welling 2014).

    The encoder gives the parameters of the posterior q(z|x), the decoder those of the
    likelihood p(x|z). Any two Keras networks will do. `fit` minimizes the objective, by
    default the negative ELBO in nats per example: summed over pixels and latent
    dimensions, averaged over the batch. The logs hold `loss`, `elbo`, `reconstruction`
    and `kl`; `elbo` is always the true bound.

    Images are uint8, scaled by 1/255 in the graph, or floats in [0, 1]. A likelihood
    of binary pixels takes values between 0 and 1 as probabilities and binarizes them
    anew at each visit (dynamic binarization); binary images pass unchanged.

    Args:
        encoder: A built network from `(batch, height, width, channels)` to
            `(batch, params_size of the posterior)`.
        decoder: A network from `(batch, latent_dim)` to the parameters of the
            likelihood, `(batch, params_size)` or any shape with as many elements.
        posterior: The layer that makes q(z|x) of the encoder's output. Default: a
            `MultivariateNormalDiag` of half as many dimensions as the encoder has
            outputs.
        likelihood: The layer that makes p(x|z) of the decoder's output. Default: an
            `IndependentBernoulli` of the shape of the encoder's input.
        prior: The layer of p(z). Default: `StandardNormal`.
        objective: What training minimizes. Default: `ELBO`.
        seed: Seed of the noise of training and of `evaluate`. (Weights are initialized
            by Keras: see `keras.utils.set_random_seed`.)
        **kwargs: `name`, `dtype`, as for any Keras model.

    Raises:
        ValueError: If the pieces do not fit together; the message says which.

    Example:
        >>> encoder = keras.Sequential([
        ...     keras.Input((28, 28, 1)),
        ...     keras.layers.Flatten(),
        ...     keras.layers.Dense(128, "relu"),
        ...     keras.layers.Dense(MultivariateNormalDiag.params_size(8)),
        ... ])
        >>> decoder = keras.Sequential([
        ...     keras.Input((8,)),
        ...     keras.layers.Dense(128, "relu"),
        ...     keras.layers.Dense(28 * 28),
        ... ])
        >>> model = VAE(encoder, decoder)
        >>> model.compile()
    """

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        posterior: DistributionLayer | None = None,
        likelihood: DistributionLayer | None = None,
        prior: Prior | None = None,
        objective: Objective | None = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.image_shape = _image_shape(encoder)
        self.encoder = encoder
        self.decoder = decoder
        self.posterior = posterior or MultivariateNormalDiag(
            _half(encoder.output_shape[-1]), name="posterior"
        )
        self.likelihood = likelihood or IndependentBernoulli(
            self.image_shape, name="likelihood"
        )
        self.prior_layer = prior or StandardNormal(self.latent_dim, name="prior")
        self.objective = objective or ELBO()
        self.seed = random.check_seed(seed)
        self._build_parts()
        self._metric_means = [
            keras.metrics.Mean(name=name)
            for name in ("loss", "elbo", "reconstruction", "kl")
        ]
        self._evaluated = RowCounter(name="evaluated_rows")
        self.non_finite = FirstNonFinite()
        self._graphs: dict[Any, Any] = {}

    # --- what it is made of -----------------------------------------------------------

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions."""
        return math.prod(self.posterior.event_shape)

    @property
    def conditional(self) -> bool:
        """Whether the model takes a condition `y`."""
        return False

    @property
    def prior(self) -> tfd.Distribution:
        """p(z), a `tfd.Distribution` of empty batch shape."""
        return self.prior_layer.distribution()

    def prior_for(self, y: tf.Tensor | None = None) -> tfd.Distribution:
        """p(z), or p(z|y) in models whose prior depends on the condition.

        Args:
            y: The condition, in conditional models.

        Returns:
            A `tfd.Distribution`.
        """
        self._check_condition(y)
        return self.prior

    def infer(
        self, images: tf.Tensor, y: tf.Tensor | None = None, training: bool = False
    ) -> tfd.Distribution:
        """q(z|x) of prepared images, inside a graph; `encode` is the public verb.

        Args:
            images: float32 `(batch, height, width, channels)`.
            y: The condition, in conditional models.
            training: Passed on to the encoder.

        Returns:
            A distribution of batch shape `(batch,)`.
        """
        return self.posterior(self.encoder(images, training=training))

    def generate(
        self, z: tf.Tensor, y: tf.Tensor | None = None, training: bool = False
    ) -> tfd.Distribution:
        """p(x|z), inside a graph; `decode` is the public verb.

        Args:
            z: `(batch, latent_dim)`.
            y: The condition, in conditional models.
            training: Passed on to the decoder.

        Returns:
            A distribution of batch shape `(batch,)`.
        """
        params = self.decoder(z, training=training)
        return self.likelihood(self._flat_params(params))

    def prepare(self, images: tf.Tensor) -> tf.Tensor:
        """uint8 or float images to float32 in [0, 1], inside a graph."""
        images = tf.convert_to_tensor(images)
        if images.dtype == tf.uint8:
            # A multiplication: a division gives other bits under XLA.
            return tf.cast(images, tf.float32) * tf.constant(1.0 / 255.0)
        return tf.cast(images, tf.float32)

    def prepare_target(self, images: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
        """What the likelihood scores: binarized where it is a binary likelihood.

        Args:
            images: uint8 or float images, `(batch, height, width, channels)`.
            seeds: int64 `(batch,)`, one seed a row.

        Returns:
            float32 `(batch, height, width, channels)`.
        """
        images = tf.ensure_shape(self.prepare(images), [None, *self.image_shape])
        if not self.likelihood.binary:
            return images
        return random.bernoulli(seeds, images, Stream.BINARIZE)

    def terms(
        self,
        images: tf.Tensor,
        seeds: tf.Tensor,
        y: tf.Tensor | None = None,
        training: bool = False,
        step: tf.Tensor | None = None,
    ) -> Terms:
        """The objective's terms of each example, inside a graph.

        Args:
            images: uint8 or float images, `(batch, height, width, channels)`.
            seeds: int64 `(batch,)`, one seed a row.
            y: The condition, in conditional models.
            training: Passed on to the networks.
            step: How many training steps have been made, an int64 scalar, for
                objectives that follow a schedule; `None` is the end of the schedule.

        Returns:
            `Terms` in nats, each `(batch,)`.
        """
        target = self.prepare_target(images, seeds)
        return self.objective.terms(self, target, seeds, y, training, step)

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Posterior mean, then likelihood mean: the reconstruction.

        Args:
            inputs: uint8 or float images, `(batch, height, width, channels)`.
            training: Passed on to the networks.

        Returns:
            float32 `(batch, height, width, channels)`, in [0, 1].
        """
        posterior = self.infer(self.prepare(inputs), training=training)
        return self.generate(posterior.mean(), training=training).mean()

    # --- saving -----------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON."""
        parts = {
            "encoder": self.encoder,
            "decoder": self.decoder,
            "posterior": self.posterior,
            "likelihood": self.likelihood,
            "prior": self.prior_layer,
            "objective": self.objective,
        }
        config = {
            key: keras.saving.serialize_keras_object(part)
            for key, part in parts.items()
        }
        return {**self._base_config(), **config, "seed": self.seed}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> "VAE":
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
        return {"name": self.name, "trainable": self.trainable, "dtype": policy}

    # --- inside -----------------------------------------------------------------------

    def _build_parts(self) -> None:
        """Creates every weight now, so that a model is whole once constructed."""
        self.posterior.build(self.encoder.output_shape)
        self.prior_layer.build((None, self.latent_dim))
        if not self.decoder.built:
            self.decoder.build((None, self.latent_dim))
        inputs = self.decoder.compute_output_shape((None, self.latent_dim))
        size = math.prod(inputs[1:])
        expected = self.likelihood.params_size(self.likelihood.event_shape)
        if size != expected or self.likelihood.event_shape != self.image_shape:
            raise ValueError(
                f"Expected a decoder with {expected} outputs and a likelihood of event "
                f"shape {self.image_shape}. Received: decoder output shape {inputs}, "
                f"likelihood event shape {self.likelihood.event_shape}"
            )
        if self.prior_layer.event_shape != self.posterior.event_shape:
            raise ValueError(
                "Expected prior and posterior over the same latent space. "
                f"Received: prior {self.prior_layer.event_shape}, "
                f"posterior {self.posterior.event_shape}"
            )
        self.likelihood.build((None, expected))
        self.built = True

    def _flat_params(self, params: tf.Tensor) -> tf.Tensor:
        if params.shape.rank == 2:
            return params
        return tf.reshape(params, [tf.shape(params)[0], math.prod(params.shape[1:])])

    def _check_condition(self, y: Any) -> None:
        if y is not None and not self.conditional:
            raise ValueError(
                f"Expected no condition: {type(self).__name__} is not conditional. "
                f"Received: y of type {type(y).__name__}"
            )


def _half(outputs: int) -> int:
    if outputs % 2:
        raise ValueError(
            "Expected an encoder with an even number of outputs, a location and a "
            f"scale for each latent dimension. Received: {outputs} outputs"
        )
    return outputs // 2


def _image_shape(encoder: keras.Model) -> tuple[int, ...]:
    shape = getattr(encoder, "input_shape", None) if encoder.built else None
    if shape is None or len(shape) != 4 or None in shape[1:]:
        raise ValueError(
            "Expected a built encoder with inputs of shape (batch, height, width, "
            f"channels); begin it with `keras.Input`. Received: input shape {shape}"
        )
    return tuple(shape[1:])
