"""The base class of objectives."""

from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.integers import check_count
from vaezoo.objectives.arguments import check_weight
from vaezoo.objectives.divergence import kl_divergence, kl_per_dimension
from vaezoo.objectives.free_bits import above_floor, sum_with_free_bits
from vaezoo.objectives.schedule import linear_rise
from vaezoo.random import Stream

if TYPE_CHECKING:
    from vaezoo.models import VAE

tfd = tfp.distributions


class Terms(NamedTuple):
    """An objective's value for each example, in nats, each `(batch,)`.

    Attributes:
        loss: What training minimizes.
        elbo: The true evidence lower bound, whatever the loss is.
        reconstruction: log p(x|z) for a sample z of the posterior, or its mean over
            several samples.
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
    with `keras.saving.register_keras_serializable`, hands the two arguments below on to
    this constructor, and adds its own to `get_config`.

    Args:
        warm_up_steps: Training steps in which the weight of the KL divergence rises
            linearly from 0 to 1; 0 for none. `evaluate` sees the full weight.
        free_bits: Nats that the mean KL divergence of a latent dimension over the batch
            may have at no cost (Kingma et al. 2016, eq. 15); dimensions that depend on
            each other are one group. 0 for none.

    Raises:
        ValueError: If an argument is negative or of another type.
    """

    # A subclass need not have arguments, nor call this constructor.
    warm_up_steps: int = 0
    free_bits: float = 0.0

    def __init__(self, warm_up_steps: int = 0, free_bits: float = 0.0) -> None:
        self.warm_up_steps = check_count("warm_up_steps", warm_up_steps, least=0)
        self.free_bits = check_weight("free_bits", free_bits)

    @property
    def contrasts_rows(self) -> bool:
        """Whether the loss of an example depends on the other rows of its batch.

        Under a `tf.distribute` strategy these are the rows that its replica holds.
        """
        return self.free_bits > 0.0

    def loss(self, reconstruction: tf.Tensor, kl: tf.Tensor) -> tf.Tensor:
        """The loss of each example.

        Args:
            reconstruction: log p(x|z) in nats, `(batch,)`.
            kl: KL(q(z|x) || p(z)) in nats, `(batch,)`, with free bits and times the
                weight of the warm-up.

        Returns:
            `(batch,)`, in nats.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `loss`.")

    def loss_at(
        self, reconstruction: tf.Tensor, kl: tf.Tensor, step: tf.Tensor | None
    ) -> tf.Tensor:
        """The loss of each example at a step of training.

        Args:
            reconstruction: log p(x|z) in nats, `(batch,)`.
            kl: KL(q(z|x) || p(z)) in nats, `(batch,)`, with free bits.
            step: As for `terms`.

        Returns:
            `(batch,)`, in nats.
        """
        return self.loss(reconstruction, self.kl_weight(step, kl.dtype) * kl)

    def kl_weight(self, step: tf.Tensor | None, dtype: Any = "float32") -> tf.Tensor:
        """The weight of the KL divergence: the warm-up.

        Args:
            step: As for `terms`.
            dtype: Of the result.

        Returns:
            A scalar that rises from 0 at step 0 to 1 at step `warm_up_steps`.
        """
        return linear_rise(step, self.warm_up_steps, dtype)

    def charged_kl(
        self,
        posterior: tfd.Distribution,
        prior: tfd.Distribution,
        z: tf.Tensor,
        kl: tf.Tensor,
    ) -> tf.Tensor:
        """The KL divergence as the loss counts it: with free bits.

        Args:
            posterior: q(z|x), of batch shape `(batch,)`.
            prior: p(z), of empty batch shape or `(batch,)`.
            z: A sample of the posterior, `(batch, latent_dim)`.
            kl: KL(q(z|x) || p(z)) in nats, `(batch,)`.

        Returns:
            `(batch,)`, in nats.
        """
        if not self.free_bits:
            return kl
        parts = kl_per_dimension(posterior, prior, z)
        above = above_floor(parts, self.free_bits)
        return sum_with_free_bits(parts, above, self.free_bits)

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
        reconstruction = model.log_likelihood(likelihood, images, y)
        prior = model.prior_for(y)
        kl = kl_divergence(posterior, prior, z)
        charged = self.charged_kl(posterior, prior, z, kl)
        return Terms(
            loss=self.loss_at(reconstruction, charged, step),
            elbo=reconstruction - kl,
            reconstruction=reconstruction,
            kl=kl,
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"warm_up_steps": self.warm_up_steps, "free_bits": self.free_bits}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Objective":
        """The objective of a configuration."""
        return cls(**config)
