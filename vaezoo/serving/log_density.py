"""The importance-weighted estimate of log p(x) as one graph of bounded memory."""

import math

import tensorflow as tf

from vaezoo.models import VAE
from vaezoo.models.importance import importance_log_weights

# Pixels decoded at a time, over images and samples: activations of a convolutional
# decoder are some ten times as many, and should stay below a hundred megabytes.
_MAX_PIXELS = 2**20


def importance_log_prob(
    model: VAE,
    target: tf.Tensor,
    seeds: tf.Tensor,
    num_samples: int,
    y: tf.Tensor | None = None,
) -> tf.Tensor:
    """The estimate log 1/k sum_i p(x|z_i) p(z_i) / q(z_i|x), z_i from q(z|x).

    Burda et al. 2016, eq. 8. Images are encoded at once and decoded in blocks, however
    many there are.

    Args:
        model: The VAE.
        target: What the likelihood scores, float32 `(batch, height, width, channels)`.
        seeds: int64 `(batch,)`.
        num_samples: k.
        y: The condition, in conditional models.

    Returns:
        float32 `(batch,)`, nats.
    """
    params = model.encoder_outputs(target, y)
    # Ten parameters of the likelihood weigh as much as the activations of a pixel.
    pixels = max(math.prod(model.image_shape), model.likelihood.num_params // 10)
    rows = max(1, _MAX_PIXELS // (num_samples * pixels))
    count = tf.shape(target)[0]

    def block(start: tf.Tensor, results: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        stop = tf.minimum(start + rows, count)
        log_weights = importance_log_weights(
            model,
            target[start:stop],
            params[start:stop],
            seeds[start:stop],
            num_samples,
            y=None if y is None else y[start:stop],
        )
        # In float64: among k terms the sum must not lose what the difference between
        # the estimate and the ELBO is made of.
        total = tf.reduce_logsumexp(tf.cast(log_weights, tf.float64), axis=0)
        values = tf.cast(total - math.log(num_samples), tf.float32)
        return stop, tf.concat([results, values], axis=0)

    _, results = tf.while_loop(
        lambda start, _: start < count,
        block,
        (tf.constant(0), tf.zeros([0], tf.float32)),
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([None])),
        parallel_iterations=1,  # blocks in parallel would take their memory together
    )
    return results
