"""The variational autoencoder, from any two Keras networks."""

import math
from typing import Any

import keras
import numpy as np
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
from vaezoo.models.inputs import check_fit_data
from vaezoo.models.non_finite import StopOnNonFiniteLoss
from vaezoo.models.row_counter import RowCounter
from vaezoo.objectives import ELBO, Objective, Terms
from vaezoo.random import Stream

tfd = tfp.distributions

_TERMS = ("reconstruction", "kl", "loss")


@keras.saving.register_keras_serializable(package="vaezoo")
class VAE(InferenceVerbs, keras.Model):
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
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains the model; see `keras.Model.fit` for the arguments.

        Args:
            x: Images as an array or a `tf.data.Dataset` of batches; uint8 or floats in
                [0, 1], `(n, height, width, channels)`.
            y: The condition, in conditional models.
            batch_size: Images a step, for arrays.
            epochs: Number of passes over the data.
            verbose: 0, 1, 2 or "auto".
            callbacks: Keras callbacks.
            validation_split: Share of the arrays to validate on.
            validation_data: Images, `(x, y)`, `(x, y, sample_weight)` or a data set.
            shuffle: Whether to shuffle arrays; a data set shuffles itself.
            **kwargs: The other arguments of `keras.Model.fit`.

        Returns:
            The `History`.

        Raises:
            ValueError: If the data do not fit the model, before the first step.
            NonFiniteLossError: If the loss becomes NaN or infinite.
        """
        x = check_fit_data(x, y, self.image_shape, self.conditional)
        if validation_data is not None:
            validation_data = self._check_validation(validation_data)
        if not isinstance(callbacks, keras.callbacks.CallbackList):
            callbacks = [StopOnNonFiniteLoss(), *keras.tree.flatten(callbacks or [])]
        return super().fit(
            x,
            y,
            batch_size=batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_data=validation_data,
            # Keras warns of its own default where it does not apply.
            shuffle=shuffle and not isinstance(x, tf.data.Dataset),
            **kwargs,
        )

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        **kwargs: Any,
    ) -> Any:
        """Means of loss, elbo, reconstruction and kl; see `keras.Model.evaluate`.

        The same data give the same result at every call and for every batch size.

        Args:
            x: Images, as for `fit`.
            y: The condition, in conditional models.
            batch_size: Images a step, for arrays.
            verbose: 0, 1, 2 or "auto".
            **kwargs: The other arguments of `keras.Model.evaluate`.

        Returns:
            A list of the four means, or a dictionary with `return_dict=True`.

        Raises:
            ValueError: If the data do not fit the model.
        """
        if not kwargs.get("_use_cached_eval_dataset"):  # set from within `fit`
            x = check_fit_data(x, y, self.image_shape, self.conditional)
        return super().evaluate(x, y, batch_size=batch_size, verbose=verbose, **kwargs)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        **kwargs: Any,
    ) -> np.ndarray:
        """Reconstructions; see `keras.Model.predict` for the arguments.

        Args:
            x: Images, as for `fit`.
            batch_size: Images a step, for arrays.
            verbose: 0, 1, 2 or "auto".
            **kwargs: The other arguments of `keras.Model.predict`.

        Returns:
            float32 `(n, height, width, channels)`, in [0, 1].

        Raises:
            ValueError: If the images do not fit the model.
        """
        x = check_fit_data(x, None, self.image_shape, False)
        return super().predict(x, batch_size=batch_size, verbose=verbose, **kwargs)

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


def _weighted(values: tf.Tensor, sample_weight: tf.Tensor | None) -> tf.Tensor:
    if sample_weight is None:
        return values
    return values * tf.reshape(tf.cast(sample_weight, values.dtype), tf.shape(values))


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
