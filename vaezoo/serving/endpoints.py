"""What an exported model answers, as functions of batches."""

import functools
from collections.abc import Callable

import tensorflow as tf

from vaezoo.models import VAE, Autoencoder
from vaezoo.serving.distribution_parameters import distribution_parameters
from vaezoo.serving.log_density import importance_log_prob
from vaezoo.serving.png_endpoints import Outputs, PngEndpoints


def _even_without_rows(method: Callable[..., Outputs]) -> Callable[..., Outputs]:
    """Makes an endpoint serve zero rows, by giving it a row that nobody sees.

    oneDNN's fused convolutions return a wrong shape for an empty batch.
    """

    @functools.wraps(method)
    def serve(self: "Endpoints", *tensors: tf.Tensor | None) -> Outputs:
        rows = tf.shape(tensors[0])[0]
        extra = tf.cast(tf.equal(rows, 0), tf.int32)
        padded = [
            tf.concat([t, tf.zeros([extra, *t.shape[1:]], t.dtype)], axis=0)
            for t in tensors
            if t is not None  # no condition
        ]
        outputs = method(self, *padded)
        return {name: value[:rows] for name, value in outputs.items()}

    return serve


class Endpoints(PngEndpoints):
    """The functions behind the signatures of an exported model.

    Each takes tensors with a leading batch axis and returns named tensors with one; row
    i of an output depends on row i of the inputs alone. None holds state: `seed`, int64
    `(batch,)`, is all the randomness there is, and gives the draw that the model's own
    verbs make of `seed=[...]`. Images are float32 in [0, 1]. In conditional models each
    takes one input more: `label`, int64 `(batch,)`, or `condition`, float32; a row with
    a condition that is not valid has NaN for an answer.

    Args:
        model: The VAE or autoencoder.
        log_prob_samples: Importance samples of `log_prob`.
    """

    def __init__(self, model: VAE | Autoencoder, log_prob_samples: int) -> None:
        self.model = model
        self.log_prob_samples = log_prob_samples
        self.image = tf.TensorSpec([None, *model.image_shape], tf.float32, "image")
        self.z = tf.TensorSpec([None, model.latent_dim], tf.float32, "z")
        self.seed = tf.TensorSpec([None], tf.int64, "seed")
        self.image_bytes = tf.TensorSpec([None], tf.string, "image_bytes")
        self.condition = condition_spec(model)
        self._functions: dict[str, tf.types.experimental.PolymorphicFunction] = {}

    def function(self, name: str) -> tf.types.experimental.PolymorphicFunction:
        """An endpoint as a function of the graph.

        Endpoints that are made of others call them as functions, so that the graph of
        an exported model holds each once.

        Args:
            name: One of `input_signatures`.

        Returns:
            A `tf.function`, the same one each time.
        """
        if name not in self._functions:
            self._functions[name] = tf.function(
                getattr(self, name),
                input_signature=list(self.input_signatures()[name]),
                autograph=False,
            )
        return self._functions[name]

    def input_signatures(self) -> dict[str, tuple[tf.TensorSpec, ...]]:
        """The inputs of each endpoint, by the endpoint's name, the default one first.

        A model without densities draws no samples and has no `log_prob`; the names with
        "png" are there for images of one or three channels.
        """
        found = {
            "reconstruct": (self.image,),
            "encode": (self.image,),
            "decode": (self.z,),
        }
        if isinstance(self.model, VAE):
            found |= {"sample": (self.seed,), "log_prob": (self.image, self.seed)}
        if self.model.image_shape[-1] in (1, 3):
            files = {"reconstruct", "encode", "decode", "sample"} & found.keys()
            for name in sorted(files):
                (spec,) = found[name]
                takes_file = spec is self.image
                found[f"{name}_png"] = (self.image_bytes if takes_file else spec,)
        return {name: (*specs, *self.condition) for name, specs in found.items()}

    @_even_without_rows
    def reconstruct(self, image: tf.Tensor, y: tf.Tensor | None = None) -> Outputs:
        """Posterior mean, then likelihood mean, as `model.predict`.

        Args:
            image: `(batch, height, width, channels)`.
            y: The condition, in conditional models.

        Returns:
            `reconstruction`, shaped as `image`.
        """
        inputs = image if y is None else (image, y)
        return {"reconstruction": _float32(self.model(inputs, training=False))}

    @_even_without_rows
    def encode(self, image: tf.Tensor, y: tf.Tensor | None = None) -> Outputs:
        """Mean and standard deviation of the posterior; codes where there is none.

        Args:
            image: `(batch, height, width, channels)`.
            y: The condition, in conditional models.

        Returns:
            `z_mean` and `z_stddev`, `(batch, latent_dim)`; of an autoencoder `z`.
        """
        image = self.model.prepare(image)
        if isinstance(self.model, Autoencoder):
            return {"z": _float32(self.model.codes(image, y))}
        posterior = self.model.infer(image, y)
        return {
            "z_mean": _float32(posterior.mean()),
            "z_stddev": _float32(posterior.stddev()),
        }

    @_even_without_rows
    def decode(self, z: tf.Tensor, y: tf.Tensor | None = None) -> Outputs:
        """The likelihood of latent vectors.

        Args:
            z: `(batch, latent_dim)`.
            y: The condition, in conditional models.

        Returns:
            `mean`, `(batch, height, width, channels)`, and the likelihood's parameters
            by the names TFP gives them, such as `logits`.
        """
        likelihood = self.model.generate(z, y)
        parameters = distribution_parameters(likelihood)
        return {**parameters, "mean": _float32(likelihood.mean())}

    @_even_without_rows
    def sample(self, seed: tf.Tensor, y: tf.Tensor | None = None) -> Outputs:
        """New images, as `model.sample(seed=[...])`.

        Args:
            seed: `(batch,)`.
            y: The condition, in conditional models.

        Returns:
            `image`, `(batch, height, width, channels)`, and the latent vector that it
            is the mean image of, `z`, `(batch, latent_dim)`.
        """
        z = self.model.draw_latents(seed, y)
        return {"image": _float32(self.model.mean_images(z, y)), "z": _float32(z)}

    @_even_without_rows
    def log_prob(
        self, image: tf.Tensor, seed: tf.Tensor, y: tf.Tensor | None = None
    ) -> Outputs:
        """How likely images are, as `model.elbo` and `model.log_prob` of `seed=[...]`.

        Args:
            image: `(batch, height, width, channels)`.
            seed: `(batch,)`.
            y: The condition, in conditional models.

        Returns:
            `elbo` with its terms `reconstruction_log_prob` and `kl`, and the
            importance-weighted estimate `log_prob`; `(batch,)`, in nats.
        """
        seed = _one_for_each_row(seed, image)
        terms = self.model.terms(image, seed, y)
        target = self.model.prepare_target(image, seed)
        return {
            "elbo": _float32(terms.elbo),
            "log_prob": importance_log_prob(
                self.model, target, seed, self.log_prob_samples, y
            ),
            "kl": _float32(terms.kl),
            "reconstruction_log_prob": _float32(terms.reconstruction),
        }


def condition_spec(model: VAE | Autoencoder) -> tuple[tf.TensorSpec, ...]:
    """The input that each signature of a conditional model takes more; else nothing."""
    condition = model.condition
    if condition is None:
        return ()
    shape = [None, *condition.value_shape]
    return (tf.TensorSpec(shape, condition.dtype, condition.serving_name),)


def _one_for_each_row(seed: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
    """The seeds; the server answers with an error if there are more or fewer.

    A single seed would be broadcast to all images otherwise. A reshape does not tell:
    the graph optimizer takes it away.
    """
    rows = tf.range(tf.shape(image)[0])
    return tf.scatter_nd(rows[:, None], seed, tf.shape(image)[:1])


def _float32(tensor: tf.Tensor) -> tf.Tensor:
    return tf.cast(tensor, tf.float32)
