"""The base class of objectives."""

from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

from vaezoo.objectives.divergence import kl_divergence
from vaezoo.random import Stream

if TYPE_CHECKING:
    from vaezoo.models import VAE


class Terms(NamedTuple):
    """An objective's value for each example, in nats, each `(batch,)`.

    Attributes:
        loss: What training minimizes.
        elbo: The true evidence lower bound, whatever the loss is.
        reconstruction: log p(x|z) for a sample z of the posterior.
        kl: KL(q(z|x) || p(z)).
    """

    loss: tf.Tensor
    elbo: tf.Tensor
    reconstruction: tf.Tensor
    kl: tf.Tensor


class Objective:
    """What training minimizes.

    A subclass that weighs the two terms of the evidence lower bound defines `loss`; one
    that needs more than a sample of the posterior overrides `terms`. It is registered
    with `keras.saving.register_keras_serializable` and returns its constructor's
    arguments from `get_config`.
    """

    def loss(self, reconstruction: tf.Tensor, kl: tf.Tensor) -> tf.Tensor:
        """The loss of each example.

        Args:
            reconstruction: log p(x|z) in nats, `(batch,)`.
            kl: KL(q(z|x) || p(z)) in nats, `(batch,)`.

        Returns:
            `(batch,)`, in nats.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `loss`.")

    def terms(
        self,
        model: "VAE",
        images: tf.Tensor,
        seeds: tf.Tensor,
        y: tf.Tensor | None = None,
        training: bool = False,
        step: tf.Tensor | None = None,
    ) -> Terms:
        """The loss, and the true bound with its two terms beside it.

        The bound is estimated with one reparameterized sample of the posterior
        (Kingma & Welling 2014, eq. 7 and 10).

        Args:
            model: The VAE.
            images: What the likelihood scores: float32
                `(batch, height, width, channels)`, binary for a binary likelihood.
            seeds: int64 `(batch,)`, one seed a row.
            y: The condition, for conditional models.
            training: Passed on to the networks.
            step: How many training steps have been made, an int64 scalar, for
                objectives that follow a schedule; `None` is the end of the schedule.

        Returns:
            The `Terms`.
        """
        posterior = model.infer(images, y, training=training)
        z = model.posterior.draw(posterior, seeds, Stream.LATENT)
        likelihood = model.generate(z, y, training=training)
        reconstruction = model.likelihood.log_prob(likelihood, images)
        kl = kl_divergence(posterior, model.prior_for(y), z)
        return Terms(
            loss=self.loss(reconstruction, kl),
            elbo=reconstruction - kl,
            reconstruction=reconstruction,
            kl=kl,
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Objective":
        """The objective of a configuration."""
        return cls(**config)
