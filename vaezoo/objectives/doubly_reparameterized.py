"""The importance weighted bound with a better gradient for the encoder."""

from collections.abc import Callable

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.objectives.importance_weighted import ImportanceWeighted

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="vaezoo")
class DoublyReparameterized(ImportanceWeighted):
    """`ImportanceWeighted` with the doubly reparameterized gradient (DReG).

    The loss is -L_k as before, and so is the gradient of decoder and prior. The encoder
    gets a gradient with the same expectation and less variance: that of the log-weights
    by way of the samples alone, each times its squared share (w_i / sum_j w_j)^2. The
    signal-to-noise ratio of the ordinary gradient falls with k; this one's rises.

    Under a warm-up with weight b, the share takes the place of its square to the extent
    of 1 - b, and altogether in dimensions below the floor of the free bits: their
    density has no part in the loss that would have to be reparameterized.

    Args:
        num_samples: k.
        warm_up_steps: See `ImportanceWeighted`.
        free_bits: See `ImportanceWeighted`.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        Tucker et al. 2019, "Doubly Reparameterized Gradient Estimators for Monte Carlo
        Objectives", eq. 8.
    """

    def pass_samples(  # noqa: D102
        self, z: tf.Tensor, kl_weight: tf.Tensor, above: tf.Tensor | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        scored = tf.reshape(kl_weight, [1])
        if above is not None:
            scored = scored * tf.cast(above, z.dtype)
        return _scale_by_share(z, tf.zeros(tf.shape(z)[:-1], z.dtype), scored)

    def log_density(  # noqa: D102
        self, posterior: tfd.Distribution, z: tf.Tensor, split: bool
    ) -> tf.Tensor:
        # Less its own zero-valued part, whose gradient is that of the parameters.
        direct = super().log_density(posterior, tf.stop_gradient(z), split)
        path = super().log_density(posterior, z, split)
        return path - (direct - tf.stop_gradient(direct))


@tf.custom_gradient
def _scale_by_share(
    z: tf.Tensor, zeros: tf.Tensor, scored: tf.Tensor
) -> tuple[tuple[tf.Tensor, tf.Tensor], Callable]:
    """The identity, by which the gradient of samples is multiplied by their share.

    The zeros are added to the log-weights, so that their gradient tells the share of
    each sample. Self-contained, it works wherever gradients do, also in a SavedModel.

    Args:
        z: Samples, `(num_samples, batch, latent_dim)`.
        zeros: `(num_samples, batch)`.
        scored: `(latent_dim,)` or `(1,)`, to what extent the density of a dimension is
            in the log-weights.
    """

    def gradient(
        of_z: tf.Tensor, of_zeros: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        total = tf.reduce_sum(of_zeros, axis=0, keepdims=True)
        share = tf.math.divide_no_nan(of_zeros, total)[..., None]
        # Tucker et al. 2019, eq. 5 to 8, for a score function with the weight `scored`.
        factor = 1.0 - scored * (1.0 - share)
        return factor * of_z, tf.zeros_like(of_zeros), tf.zeros_like(scored)

    return (tf.identity(z), tf.identity(zeros)), gradient
