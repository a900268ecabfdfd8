"""The variational autoencoder, from any two Keras networks."""

import math
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers import (
    DistributionLayer,
    MultivariateNormalDiag,
    Prior,
    StandardNormal,
)
from vaezoo.models.conditional_normal import ConditionalNormal
from vaezoo.models.conditions import Condition
from vaezoo.models.encoder_decoder import EncoderDecoder
from vaezoo.models.inference import InferenceVerbs
from vaezoo.objectives import ELBO, Objective, Terms
from vaezoo.random import Stream

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class VAE(InferenceVerbs, EncoderDecoder):
    """A variational autoencoder (Kingma & Welling 2014).

    The encoder gives the parameters of the posterior q(z|x), the decoder those of the
    likelihood p(x|z). Any two Keras networks will do. `fit` minimizes the objective, by
    default the negative ELBO in nats per example: summed over pixels and latent
    dimensions, averaged over the batch. The logs hold `loss`, `elbo`, `reconstruction`
    and `kl`; `elbo` is always the true bound.

    Images are uint8, scaled by 1/255 in the graph, or floats in [0, 1]. A likelihood
    of binary pixels takes values between 0 and 1 as probabilities and binarizes them
    anew at each visit (dynamic binarization); binary images pass unchanged.

    With a condition the networks take a second input, the condition's features, and
    every verb takes `y`: q(z|x, y), p(x|z, y) and, with a prior that depends on it,
    p(z|y). `fit(x, y)` and `evaluate(x, y)` take it where Keras has the target, and so
    do data sets of `(x, y)`; the model itself and `predict` take `(x, y)` as inputs.

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
        prior: The layer of p(z), or `vaezoo.models.ConditionalNormal` for p(z|y).
            Default: `StandardNormal`.
        objective: What training minimizes. Default: `ELBO`.
        condition: What the model is given beside the image, such as
            `vaezoo.Labels(10)`: the encoder then takes `[images, features]` and the
            decoder `[latents, features]`. Default: nothing.
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
        condition: Condition | None = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            encoder, decoder, likelihood, condition, Terms._fields, seed, **kwargs
        )
        self.posterior = posterior or MultivariateNormalDiag(
            _half(encoder.output_shape[-1]), name="posterior"
        )
        self.prior_layer = prior or StandardNormal(self.latent_dim, name="prior")
        self.objective = objective or ELBO()
        self._build_parts()

    # --- what it is made of -----------------------------------------------------------

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions."""
        return math.prod(self.posterior.event_shape)

    @property
    def prior(self) -> tfd.Distribution:
        """p(z), of empty batch shape; an error if it depends on the condition."""
        if self._prior_is_conditional:
            raise ValueError(
                "Expected `prior_for(y)`: the prior p(z|y) of this model is another "
                "one for each condition. Received: `prior`, without a condition"
            )
        return self.prior_layer.distribution()

    def prior_for(self, y: tf.Tensor | None = None) -> tfd.Distribution:
        """p(z), or p(z|y) in models whose prior depends on the condition.

        Args:
            y: The condition, in conditional models.

        Returns:
            A `tfd.Distribution`, of empty batch shape if it is p(z), `(n,)` if p(z|y).

        Raises:
            ValueError: If a condition is missing, one too many, or not a valid one.
        """
        if self._prior_is_conditional:
            return self.prior_layer.distribution(self.features(y))
        if not (self.conditional and (y is None or tf.is_tensor(y))):
            self._check_condition(y, None)
        return self.prior

    def draw_latents(self, seeds: tf.Tensor, y: tf.Tensor | None = None) -> tf.Tensor:
        """A latent vector of the prior for each seed, inside a graph.

        Args:
            seeds: int64 `(batch,)`.
            y: The condition, in conditional models.

        Returns:
            float32 `(batch, latent_dim)`.
        """
        if self._prior_is_conditional:
            return self.prior_layer.draw(seeds, Stream.LATENT, self.features(y))
        return self.prior_layer.draw(seeds, Stream.LATENT)

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
        return self.posterior(self.encoder_outputs(images, y, training))

    def codes(
        self, images: tf.Tensor, y: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """The posterior's mean, `(batch, latent_dim)`; see `infer`."""
        return self.infer(images, y, training).mean()

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

    # --- saving -----------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON."""
        names = ("encoder", "decoder", "posterior", "likelihood", "objective")
        parts = {name: getattr(self, name) for name in names}
        parts["prior"] = self.prior_layer
        form = keras.saving.serialize_keras_object
        config = {name: form(part) for name, part in parts.items()}
        return {**self._base_config(), **config}

    # --- inside -----------------------------------------------------------------------

    @property
    def _prior_is_conditional(self) -> bool:
        return isinstance(self.prior_layer, ConditionalNormal)

    def _build_parts(self) -> None:
        """Creates every weight now, so that a model is whole once constructed."""
        if type(self.posterior).draw_many is DistributionLayer.draw_many:
            raise ValueError(
                "Expected a posterior with reparameterized draws, one that defines "
                "`draw` and `draw_many`; without them the encoder gets no gradient. "
                f"Received: {type(self.posterior).__name__}"
            )
        self.posterior.build(self.encoder.output_shape)
        if not self._prior_is_conditional:
            self.prior_layer.build((None, self.latent_dim))
        elif self.condition is not None:
            if not self.prior_layer.built:  # as one of a configuration is
                self.prior_layer.build((None, *self.condition.feature_shape))
        else:
            raise ValueError(
                "Expected a `condition` for a prior that depends on it. "
                f"Received: prior {type(self.prior_layer).__name__}, condition=None"
            )
        self._build_decoder()
        if self.prior_layer.event_shape != self.posterior.event_shape:
            raise ValueError(
                "Expected prior and posterior over the same latent space. "
                f"Received: prior {self.prior_layer.event_shape}, "
                f"posterior {self.posterior.event_shape}"
            )
        self.built = True


def _half(outputs: int) -> int:
    if outputs % 2:
        raise ValueError(
            "Expected an encoder with an even number of outputs, a location and a "
            f"scale for each latent dimension. Received: {outputs} outputs"
        )
    return outputs // 2
