"""The KL divergence to a prior, as the activity regularizer of a layer."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers.prior import Prior
from vaezoo.layers.registered_function import function_config

tfd = tfp.distributions

_CONVERT = "convert_to_tensor"


@keras.saving.register_keras_serializable(package="vaezoo")
class KLDivergenceRegularizer(keras.regularizers.Regularizer):
    """Adds KL(output || prior) to the loss, as a layer's `activity_regularizer`.

    `tfp.layers.KLDivergenceRegularizer` for Keras 3. The loss of `fit` and `evaluate`
    gets the KL of an example, in nats, averaged over the batch, once: with the
    reconstruction summed over an image, it is the negative ELBO. By default the KL is
    estimated at the value that the output has as a tensor, which must be a sample.

    Args:
        distribution_b: The prior: a `Prior`, whose weights become the layer's; a
            function without arguments that returns a distribution; or a TFP
            distribution. A layer can only be saved with a `Prior` or a function that is
            registered with `keras.saving.register_keras_serializable`.
        use_exact_kl: Whether to take the closed form instead of an estimate.
        test_points_reduce_axis: Axes over which the estimates are averaged; `None`
            stands for all, `()` for none. Axes of samples in front of the batch are
            averaged in any case.
        test_points_fn: From the output to the points at which to estimate the KL.
        weight: Factor of the KL; a scalar, or one a row of the batch.

    Call arguments:
        distribution: The output of a layer of `vaezoo.layers`.

    Returns:
        Scalar: the sum over the batch, which Keras divides by the number of rows.

    Raises:
        TypeError: If an argument is of a wrong type, or the output of the layer is not
            a distribution.

    Example:
        >>> posterior = IndependentNormal(
        ...     2, activity_regularizer=KLDivergenceRegularizer(StandardNormal(2))
        ... )
    """

    def __init__(
        self,
        distribution_b: Prior | tfd.Distribution | Callable | dict,
        use_exact_kl: bool = False,
        test_points_reduce_axis: int | Sequence[int] | None = (),
        test_points_fn: str | Callable | dict = tf.convert_to_tensor,
        weight: Any = None,
    ) -> None:
        self.distribution_b = _check_prior(_deserialized(distribution_b))
        self.use_exact_kl = bool(use_exact_kl)
        self.test_points_reduce_axis = (
            tuple(test_points_reduce_axis)
            if isinstance(test_points_reduce_axis, Sequence)
            else test_points_reduce_axis
        )
        test_points_fn = _deserialized(test_points_fn)
        if test_points_fn == _CONVERT:
            test_points_fn = tf.convert_to_tensor
        if not callable(test_points_fn):
            raise TypeError(
                "Expected `test_points_fn` to be a function. "
                f"Received: test_points_fn={test_points_fn!r}"
            )
        self.test_points_fn = test_points_fn
        self.weight = weight

    def __call__(self, distribution: tfd.Distribution) -> tf.Tensor:
        """The sum over the batch, which Keras divides by the number of rows."""
        mean = self.mean_kl(distribution)
        if distribution.ndim == 0:
            return mean
        # What Keras takes for the number of rows is the first axis of the value, which
        # holds samples, not rows, where the layer converts to several samples.
        rows = keras.ops.shape(distribution)[0]
        return mean * tf.cast(rows, mean.dtype)

    def mean_kl(self, distribution: tfd.Distribution) -> tf.Tensor:
        """The KL of an example, averaged over the batch.

        Args:
            distribution: A distribution with a batch shape of any rank, whose first
                axis counts the examples.

        Returns:
            Scalar, in nats.

        Raises:
            TypeError: If `distribution` is not a distribution.
        """
        if not isinstance(distribution, tfd.Distribution):
            raise TypeError(
                "Expected the output of a layer that returns a distribution, of which "
                "the KL divergence can be taken. "
                f"Received: {type(distribution).__name__}"
            )
        kl = self._kl(distribution, self._prior())
        if self.weight is not None:
            kl = tf.cast(tf.convert_to_tensor(self.weight), kl.dtype) * kl
        return _mean_over_examples(kl, distribution.batch_shape.rank)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments.

        Raises:
            ValueError: If one of them cannot be rebuilt from JSON.
        """
        test_points_fn = (
            _CONVERT
            if self.test_points_fn is tf.convert_to_tensor
            else function_config("test_points_fn", self.test_points_fn)
        )
        axis = self.test_points_reduce_axis
        return {
            "distribution_b": _prior_config(self.distribution_b),
            "use_exact_kl": self.use_exact_kl,
            "test_points_reduce_axis": list(axis) if isinstance(axis, tuple) else axis,
            "test_points_fn": test_points_fn,
            "weight": _weight_config(self.weight),
        }

    def _prior(self) -> tfd.Distribution:
        if isinstance(self.distribution_b, Prior):
            return self.distribution_b.distribution()
        if isinstance(self.distribution_b, tfd.Distribution):
            return self.distribution_b
        return self.distribution_b()

    def _kl(self, posterior: tfd.Distribution, prior: tfd.Distribution) -> tf.Tensor:
        if self.use_exact_kl:
            return tfd.kl_divergence(posterior, prior)
        points = self.test_points_fn(posterior)
        return tf.reduce_mean(
            posterior.log_prob(points) - prior.log_prob(points),
            axis=self.test_points_reduce_axis,
            keepdims=True,  # so that the batch stays where it is
        )


def _mean_over_examples(kl: tf.Tensor, batch_rank: int) -> tf.Tensor:
    """Mean over samples and examples, sum over the further axes of the batch."""
    samples = kl.shape.rank - batch_rank
    kl = tf.reduce_mean(kl, axis=list(range(samples)))
    if batch_rank == 0:
        return kl
    rows = tf.cast(tf.shape(kl)[0], kl.dtype)
    return tf.math.divide_no_nan(tf.reduce_sum(kl), rows)


def _check_prior(prior: Any) -> Any:
    is_other_layer = isinstance(prior, keras.layers.Layer) and not isinstance(
        prior, Prior
    )
    is_prior = isinstance(prior, tfd.Distribution) or callable(prior)
    if is_other_layer or isinstance(prior, type) or not is_prior:
        raise TypeError(
            "Expected `distribution_b` to be a Prior, a function that returns a "
            f"distribution, or a distribution. Received: distribution_b={prior!r}"
        )
    return prior


def _prior_config(prior: Any) -> dict[str, Any]:
    if isinstance(prior, Prior):
        config = keras.saving.serialize_keras_object(prior)
        config.pop("build_config", None)  # it is built with the layer
        return config
    if isinstance(prior, tfd.Distribution):
        raise ValueError(
            "Expected `distribution_b` to be a Prior or a registered function, so that "
            "the layer can be rebuilt from its configuration. "
            f"Received: distribution_b={prior!r}"
        )
    return function_config("distribution_b", prior)


def _weight_config(weight: Any) -> Any:
    if isinstance(weight, (tf.Variable, keras.Variable)):
        raise ValueError(
            "Expected `weight` to be a number or an array, so that the layer can be "
            f"rebuilt from its configuration. Received: weight={weight!r}"
        )
    return None if weight is None else np.asarray(weight).tolist()


def _deserialized(value: Any) -> Any:
    if isinstance(value, dict):
        return keras.saving.deserialize_keras_object(value)
    return value
