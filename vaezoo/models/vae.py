"""The variational autoencoder, from any two Keras networks."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.images import check_images
from vaezoo.layers import (
    DistributionLayer,
    IndependentBernoulli,
    MultivariateNormalDiag,
    Prior,
    StandardNormal,
)
from vaezoo.models.importance import ImportanceSampler
from vaezoo.models.inputs import check_fit_data
from vaezoo.models.non_finite import StopOnNonFiniteLoss
from vaezoo.models.row_counter import RowCounter
from vaezoo.models.rows import map_rows, standardize_seeds
from vaezoo.objectives import ELBO, Objective, Terms
from vaezoo.random import Stream

tfd = tfp.distributions

_TERMS = ("reconstruction", "kl", "loss")
_BATCH = 256


@keras.saving.register_keras_serializable(package="vaezoo")
class VAE(keras.Model):
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
        self._functions: dict[Any, Any] = {}

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
    ) -> Terms:
        """The objective's terms of each example, inside a graph.

        Args:
            images: uint8 or float images, `(batch, height, width, channels)`.
            seeds: int64 `(batch,)`, one seed a row.
            y: The condition, in conditional models.
            training: Passed on to the networks.

        Returns:
            `Terms` in nats, each `(batch,)`.
        """
        target = self.prepare_target(images, seeds)
        return self.objective.terms(self, target, seeds, y, training)

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

    # --- training ---------------------------------------------------------------------

    def compile(self, optimizer: Any = "adam", **kwargs: Any) -> None:
        """Configures training; the loss is the model's objective.

        Args:
            optimizer: A Keras optimizer or its name.
            **kwargs: `steps_per_execution`, `jit_compile`, `run_eagerly`,
                `auto_scale_loss`, as in `keras.Model.compile`.

        Raises:
            ValueError: If a loss or metrics are given.
        """
        given = {k for k, v in kwargs.items() if v is not None}
        if extra := given & {"loss", "loss_weights", "metrics", "weighted_metrics"}:
            raise ValueError(
                "Expected no loss and no metrics: a VAE minimizes its `objective` "
                "and reports loss, elbo, reconstruction and kl. "
                f"Received: {', '.join(sorted(extra))}"
            )
        super().compile(optimizer=optimizer, **kwargs)
        self._first_bad_step = tf.Variable(-1, dtype=tf.int64, trainable=False)
        self._first_bad_term = tf.Variable(-1, dtype=tf.int64, trainable=False)

    def fit(
        self, x: Any = None, y: Any = None, **kwargs: Any
    ) -> keras.callbacks.History:
        """Trains the model; see `keras.Model.fit` for the arguments.

        Args:
            x: Images as an array or a `tf.data.Dataset` of batches; uint8 or floats in
                [0, 1], `(n, height, width, channels)`.
            y: The condition, in conditional models.
            **kwargs: The other arguments of `keras.Model.fit`.

        Returns:
            The `History`.

        Raises:
            ValueError: If the data do not fit the model, before the first step.
            NonFiniteLossError: If the loss becomes NaN or infinite.
        """
        x = check_fit_data(x, y, self.image_shape, self.conditional)
        if kwargs.get("validation_data") is not None:
            kwargs["validation_data"] = self._check_validation(
                kwargs["validation_data"]
            )
        callbacks = kwargs.pop("callbacks", None) or []
        if not isinstance(callbacks, keras.callbacks.CallbackList):
            callbacks = [StopOnNonFiniteLoss(), *keras.tree.flatten(callbacks)]
        if isinstance(x, tf.data.Dataset):
            # A data set shuffles itself; Keras would warn about its own default.
            kwargs["shuffle"] = False
        return super().fit(x, y, callbacks=callbacks, **kwargs)

    def evaluate(self, x: Any = None, y: Any = None, **kwargs: Any) -> Any:
        """Means of loss, elbo, reconstruction and kl; see `keras.Model.evaluate`.

        The same data give the same result at every call and for every batch size.

        Raises:
            ValueError: If the data do not fit the model.
        """
        if kwargs.get("_use_cached_eval_dataset"):  # from within `fit`
            return super().evaluate(x, y, **kwargs)
        x = check_fit_data(x, y, self.image_shape, self.conditional)
        return super().evaluate(x, y, **kwargs)

    def predict(self, x: Any, **kwargs: Any) -> np.ndarray:
        """Reconstructions; see `keras.Model.predict` for the arguments.

        Raises:
            ValueError: If the images do not fit the model.
        """
        return super().predict(
            check_fit_data(x, None, self.image_shape, False), **kwargs
        )

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """One step of gradient descent on the objective."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        step = tf.cast(self.optimizer.iterations, tf.int64)
        seed = random.fold_in(self.seed, step, Stream.TRAIN)
        seeds = random.row_seeds(seed, tf.shape(x)[0])
        with tf.GradientTape() as tape:
            terms = self.terms(x, seeds, y, training=True)
            loss = tf.reduce_mean(_weighted(terms.loss, sample_weight))
            loss += tf.cast(tf.add_n([0.0, *self.losses]), loss.dtype)
            scaled = self.optimizer.scale_loss(loss)
        weights = self.trainable_weights
        self.optimizer.apply(tape.gradient(scaled, weights), weights)
        self._note_non_finite(step, terms)
        return self._update_metrics(terms, sample_weight)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """The terms of one batch, with noise that depends on the row's number alone."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        seed = random.fold_in(self.seed, 0, Stream.TEST)
        start = self._evaluated.advance(tf.shape(x)[0])
        terms = self.terms(x, random.row_seeds(seed, tf.shape(x)[0], start), y)
        return self._update_metrics(terms, sample_weight)

    def predict_step(self, data: Any) -> tf.Tensor:
        """Reconstructions of one batch."""
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return self(x, training=False)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """loss, elbo, reconstruction and kl, in nats per example."""
        return list(self._metric_means)

    def reset_metrics(self) -> None:
        """Starts the running means, and the rows of an evaluation, anew."""
        super().reset_metrics()
        self._evaluated.reset_state()

    def first_non_finite(self) -> tuple[int, str]:
        """The first training step whose loss was not finite, and the term."""
        return int(self._first_bad_step) + 1, _TERMS[int(self._first_bad_term)]

    def adapt(self, images: Any) -> None:
        """Sets the decoder's output bias so that it starts from the mean image.

        Training then begins with the background explained, not with learning it.

        Args:
            images: uint8 or floats in [0, 1], `(n, height, width, channels)`.

        Raises:
            ValueError: If the images do not fit the model, or the decoder's last layer
                with weights has no bias to set.
        """
        images = check_images(images, self.image_shape)
        mean = images.mean(axis=0, dtype=np.float64)
        if images.dtype == np.uint8:
            mean = mean / 255.0
        params = self.likelihood.initial_params(tf.constant(mean, tf.float32)).numpy()
        layer = [part for part in self.decoder.layers if part.weights][-1]
        bias = getattr(layer, "bias", None)
        if bias is not None and bias.shape[-1] == params.size:
            bias.assign(params.reshape(-1))
        elif bias is not None and bias.shape[-1] == params.shape[-1]:
            bias.assign(params.mean(axis=(0, 1)))
        else:
            raise ValueError(
                "Expected the decoder to end in a layer with one bias a pixel or a "
                f"channel. Received: layer {layer.name!r} of "
                f"type {type(layer).__name__}"
            )

    # --- the verbs --------------------------------------------------------------------

    def encode(self, x: Any, y: Any = None) -> tfd.Distribution:
        """The posterior q(z|x).

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`.
            y: The condition, in conditional models.

        Returns:
            A `tfd.Distribution` of batch shape `(n,)`.

        Raises:
            ValueError: If the images do not fit the model.
        """
        self._check_condition(y)
        if _symbolic(x):
            return self.infer(self.prepare(x), y)
        x = check_images(x, self.image_shape)
        return self.posterior(map_rows(self._function("encoder_params"), _BATCH, x))

    def decode(self, z: Any, y: Any = None) -> tfd.Distribution:
        """The likelihood p(x|z).

        Args:
            z: Latent vectors, `(n, latent_dim)`.
            y: The condition, in conditional models.

        Returns:
            A `tfd.Distribution` of batch shape `(n,)`; its `mean()` are images.

        Raises:
            ValueError: If `z` has another shape or holds NaN or infinite values.
        """
        self._check_condition(y)
        if _symbolic(z):
            return self.generate(z, y)
        z = self._check_latents(z)
        return self.likelihood(map_rows(self._function("decoder_params"), _BATCH, z))

    def sample(
        self,
        n: int | None = None,
        seed: int | Sequence[int] | None = None,
        y: Any = None,
    ) -> np.ndarray:
        """New images: the likelihood's mean for latent vectors drawn from the prior.

        Args:
            n: How many; one for each seed if `seed` is a sequence.
            seed: An integer, or one integer an image: image i then depends on `seed[i]`
                alone, as in an exported model. Fresh images at every call by default.
            y: The condition, in conditional models.

        Returns:
            float32 `(n, height, width, channels)`, in [0, 1].

        Raises:
            ValueError: If `n` is not a positive integer or does not fit `seed`.
        """
        self._check_condition(y)
        seeds = standardize_seeds(seed, n)
        return map_rows(self._function("sample_images"), _BATCH, seeds).numpy()

    def reconstruct(self, x: Any, y: Any = None) -> np.ndarray:
        """Images through posterior mean and likelihood mean.

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`.
            y: The condition, in conditional models.

        Returns:
            float32 `(n, height, width, channels)`, in [0, 1].

        Raises:
            ValueError: If the images do not fit the model.
        """
        self._check_condition(y)
        x = check_images(x, self.image_shape)
        return map_rows(self._function("reconstruction"), _BATCH, x).numpy()

    def elbo(
        self, x: Any, seed: int | Sequence[int] | None = None, y: Any = None
    ) -> np.ndarray:
        """The evidence lower bound, estimated with one sample of the posterior.

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`. For a binary
                likelihood, values between 0 and 1 are binarized with the seed.
            seed: An integer, or one integer a row. Fresh noise by default.
            y: The condition, in conditional models.

        Returns:
            float32 `(n,)`, nats.

        Raises:
            ValueError: If the images do not fit the model.
        """
        return self.elbo_terms(x, seed, y).elbo

    def elbo_terms(
        self, x: Any, seed: int | Sequence[int] | None = None, y: Any = None
    ) -> Terms:
        """The bound of `elbo` with its two terms, and the loss of the objective.

        Args:
            x: As for `elbo`.
            seed: As for `elbo`.
            y: The condition, in conditional models.

        Returns:
            `Terms` of float32 arrays `(n,)`, nats.

        Raises:
            ValueError: If the images do not fit the model.
        """
        self._check_condition(y)
        x = check_images(x, self.image_shape)
        seeds = standardize_seeds(seed, len(x))
        terms = map_rows(self._function("terms_of_rows"), _BATCH, x, seeds)
        return Terms(*(term.numpy() for term in terms))

    def log_prob(
        self,
        x: Any,
        num_samples: int = 5000,
        seed: int | Sequence[int] | None = None,
        y: Any = None,
        max_rows: int = 4000,
        progress: bool = False,
    ) -> np.ndarray:
        """Importance-weighted estimate of log p(x).

        log 1/k sum_i p(x|z_i) p(z_i) / q(z_i|x) with z_i from q(z|x): in expectation a
        lower bound that rises with k towards log p(x) (Burda et al. 2016, eq. 8). Each
        image is encoded once; memory is bounded by `max_rows`.

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`. For a binary
                likelihood, values between 0 and 1 are binarized with the seed.
            num_samples: k, the number of importance samples.
            seed: An integer, or one integer a row. Fresh noise by default. The result
                depends on it and not on `max_rows` (but for rounding).
            y: The condition, in conditional models.
            max_rows: How many latent vectors are decoded at a time.
            progress: Whether to show a progress bar.

        Returns:
            float32 `(n,)`, nats.

        Raises:
            ValueError: If the images do not fit the model or a number is not positive.
        """
        self._check_condition(y)
        x = check_images(x, self.image_shape)
        seeds = standardize_seeds(seed, len(x))
        sampler = ImportanceSampler(self, num_samples, max_rows)
        return sampler.log_prob(x, seeds, progress=progress)

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

    def _function(self, name: str) -> Any:
        """A `tf.function` of one of the graphs below, traced once for all batches."""
        if name not in self._functions:
            body = getattr(self, f"_{name}")
            self._functions[name] = tf.function(
                body, reduce_retracing=True, autograph=False
            )
        return self._functions[name]

    def _encoder_params(self, x: tf.Tensor) -> tf.Tensor:
        return self.encoder(self.prepare(x), training=False)

    def _decoder_params(self, z: tf.Tensor) -> tf.Tensor:
        return self._flat_params(self.decoder(z, training=False))

    def _sample_images(self, seeds: tf.Tensor) -> tf.Tensor:
        z = self.prior_layer.draw(seeds, Stream.LATENT)
        return tf.cast(self.generate(z).mean(), tf.float32)

    def _reconstruction(self, x: tf.Tensor) -> tf.Tensor:
        return tf.cast(self.call(x, training=False), tf.float32)

    def _terms_of_rows(self, x: tf.Tensor, seeds: tf.Tensor) -> Terms:
        return self.terms(x, seeds)

    def _update_metrics(
        self, terms: Terms, sample_weight: tf.Tensor | None
    ) -> dict[str, tf.Tensor]:
        for metric in self._metric_means:
            metric.update_state(getattr(terms, metric.name), sample_weight)
        return {metric.name: metric.result() for metric in self._metric_means}

    def _note_non_finite(self, step: tf.Tensor, terms: Terms) -> None:
        """Remembers the first step with a term that is not finite, and which term."""
        bad = [
            tf.reduce_any(~tf.math.is_finite(getattr(terms, name))) for name in _TERMS
        ]
        first = tf.argmax(tf.stack(bad))
        fresh = tf.reduce_any(bad) & (self._first_bad_step < 0)
        self._first_bad_step.assign(tf.where(fresh, step, self._first_bad_step))
        self._first_bad_term.assign(tf.where(fresh, first, self._first_bad_term))

    def _check_validation(self, data: Any) -> Any:
        if not isinstance(data, (tuple, list)):
            return check_fit_data(data, None, self.image_shape, self.conditional)
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(tuple(data))
        x = check_fit_data(x, y, self.image_shape, self.conditional)
        return x if y is None and sample_weight is None else (x, y, sample_weight)

    def _check_condition(self, y: Any) -> None:
        if y is not None and not self.conditional:
            raise ValueError(
                f"Expected no condition: {type(self).__name__} is not conditional. "
                f"Received: y of type {type(y).__name__}"
            )

    def _check_latents(self, z: Any) -> np.ndarray:
        array = np.asarray(z, dtype=np.float32)
        if array.ndim != 2 or array.shape[1] != self.latent_dim or not len(array):
            raise ValueError(
                f"Expected latent vectors of shape (n, {self.latent_dim}), n >= 1. "
                f"Received: shape {array.shape}"
            )
        if not np.isfinite(array).all():
            raise ValueError(
                "Expected finite latent vectors. Received: NaN or infinite values"
            )
        return array


def _weighted(values: tf.Tensor, sample_weight: tf.Tensor | None) -> tf.Tensor:
    if sample_weight is None:
        return values
    return values * tf.reshape(tf.cast(sample_weight, values.dtype), tf.shape(values))


def _symbolic(x: Any) -> bool:
    return tf.is_tensor(x) and not hasattr(x, "numpy")


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
