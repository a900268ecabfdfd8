"""The beta-TCVAE's bound, which penalizes dependence between latent dimensions."""

from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.integers import check_count
from vaezoo.objectives.arguments import check_weight
from vaezoo.objectives.decomposition import check_estimator, decompose_kl
from vaezoo.objectives.objective import Objective

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class BetaTCVAE(Objective):
    """The three parts of the KL divergence have weights of their own.

    alpha * mutual information + beta * total correlation + gamma * dimension-wise KL
    - log p(x|z), see `decompose_kl`. It is computed as the KL divergence, in closed
    form where there is one, plus (alpha - 1), (beta - 1) and (gamma - 1) times the
    parts: the same in expectation with less noise, and the ELBO itself where all three
    weights are 1.

    Args:
        alpha: Weight of the mutual information between image and latents.
        beta: Weight of the total correlation between the dimensions.
        gamma: Weight of the KL divergence of each dimension.
        dataset_size: Number of training images; None takes the batch for the whole data
            set. It has no influence on the gradients of `"minibatch_weighted"`.
        estimator: `"minibatch_weighted"` or `"minibatch_stratified"`.
        warm_up_steps: See `Objective`; the weight of the three parts together rises.
        free_bits: See `Objective`; they hold for the KL divergence, whose parts above
            the weight 1 count in full.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        Chen et al. 2018, "Isolating Sources of Disentanglement in Variational
        Autoencoders", eq. 4.
    """

    def __init__(
        self,
        alpha: float = 1.0,
        beta: float = 6.0,
        gamma: float = 1.0,
        dataset_size: int | None = None,
        estimator: str = "minibatch_weighted",
        warm_up_steps: int = 0,
        free_bits: float = 0.0,
    ) -> None:
        super().__init__(warm_up_steps, free_bits)
        self.alpha = check_weight("alpha", alpha)
        self.beta = check_weight("beta", beta)
        self.gamma = check_weight("gamma", gamma)
        if dataset_size is not None:
            dataset_size = check_count("dataset_size", dataset_size, least=1)
        self.dataset_size = dataset_size
        self.estimator = check_estimator(estimator)

    @property
    def contrasts_rows(self) -> bool:
        """True: the batch stands for the data set."""
        return True

    def loss(self, reconstruction: tf.Tensor, kl: tf.Tensor) -> tf.Tensor:
        """The loss of each example.

        Args:
            reconstruction: log p(x|z) in nats, `(batch,)`.
            kl: The weighted sum of the three parts, `(batch,)`.

        Returns:
            `(batch,)`, in nats.
        """
        return kl - reconstruction

    def charged_kl(  # noqa: D102
        self,
        posterior: tfd.Distribution,
        prior: tfd.Distribution,
        z: tf.Tensor,
        kl: tf.Tensor,
    ) -> tf.Tensor:
        parts = decompose_kl(posterior, prior, z, self.dataset_size, self.estimator)
        return (
            super().charged_kl(posterior, prior, z, kl)
            + (self.alpha - 1.0) * parts.mutual_information
            + (self.beta - 1.0) * parts.total_correlation
            + (self.gamma - 1.0) * parts.dimension_wise_kl
        )

    def get_config(self) -> dict[str, Any]:  # noqa: D102
        return {
            "alpha": self.alpha,
            "beta": self.beta,
            "gamma": self.gamma,
            "dataset_size": self.dataset_size,
            "estimator": self.estimator,
            **super().get_config(),
        }
