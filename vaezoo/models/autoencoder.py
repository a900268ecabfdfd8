"""The plain autoencoder, the baseline without densities."""

from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn

import keras
import numpy as np
import tensorflow as tf

from vaezoo.models.architecture import split_architecture
from vaezoo.models.conditional_networks import make_decoder, make_encoder
from vaezoo.models.conditions import make_condition
from vaezoo.models.decoding import symbolic
from vaezoo.models.dtype_scope import dtype_scope
from vaezoo.models.encoder_decoder import EncoderDecoder
from vaezoo.models.parts import identifier, make_likelihood
from vaezoo.networks.arguments import check_image_shape, check_size


class AutoencoderTerms(NamedTuple):
    """What an autoencoder's logs hold, in nats, each `(batch,)`.

    Attributes:
        loss: What training minimizes, -log p(x|z).
        reconstruction: log p(x|z) for the code z of the image, as a VAE reports it.
    """

    loss: tf.Tensor
    reconstruction: tf.Tensor


@keras.saving.register_keras_serializable(package="vaezoo")
class Autoencoder(EncoderDecoder):
    """An encoder to codes and a decoder back to images, without a density of either.

    The baseline to compare a VAE with: the networks and the likelihood of a VAE, whose
    reconstruction term alone is what training maximizes. There is no posterior and no
    prior, hence no bound, no log p(x) and no sampling: `elbo`, `log_prob`, `sample` and
    `prior` raise an error. `fit` and `evaluate` report `loss` and `reconstruction` in
    nats per example, summed over pixels: the latter compares with that of a VAE.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Size of a code.
        network: "fully_connected" or "convolutional"; its options, such as
            `hidden_units` or `filters`, are further arguments.
        likelihood: Name or layer of p(x|z), see `vaezoo.models.parts`.
        condition: What the model is given beside the image, such as
            `vaezoo.Labels(10)`. Default: nothing.
        seed: Seed of the binarization of images, for a likelihood of binary pixels.
        **kwargs: Options of the network, see `vaezoo.models.architecture`; `name`,
            `dtype`, as for any Keras model.

    Raises:
        ValueError: If an argument is out of range or a name is unknown.

    Example:
        >>> model = Autoencoder((28, 28, 1), latent_dim=8)
        >>> model.compile()
        >>> model.encode(np.zeros((3, 28, 28, 1))).shape
        (3, 8)
    """

    def __init__(
        self,
        image_shape: Sequence[int] = (28, 28, 1),
        latent_dim: int = 32,
        network: str = "fully_connected",
        likelihood: Any = "bernoulli",
        condition: Any = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        image_shape = check_image_shape(image_shape)
        size = check_size("latent_dim", latent_dim)
        condition = make_condition(condition)
        architecture, kwargs = split_architecture(network, kwargs)
        with dtype_scope(kwargs.get("dtype")):
            head = make_likelihood(image_shape, likelihood)
            super().__init__(
                make_encoder(architecture, condition, image_shape, size),
                make_decoder(
                    architecture, condition, size, image_shape, head.num_params
                ),
                head,
                condition,
                AutoencoderTerms._fields,
                seed,
                **kwargs,
            )
        self.latent_dim = size
        self.architecture = architecture
        self._likelihood_argument = likelihood
        self._build_decoder()
        self.built = True

    def encode(self, x: Any, y: Any = None, progress: bool = False) -> np.ndarray:
        """The codes of images.

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`.
            y: The condition, in conditional models.
            progress: Whether to show a progress bar, in images.

        Returns:
            float32 `(n, latent_dim)`.

        Raises:
            ValueError: If the images or the condition do not fit the model.
        """
        if symbolic(x):
            return self.codes(self.prepare(x), y)
        arrays = self._check_rows(x, y)
        verb = self._verb("encoding", self._encoding, fuse=False)
        return verb.arrays(*arrays, progress=progress)[0]

    def codes(  # noqa: D102
        self, images: tf.Tensor, y: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        codes = self.encoder_outputs(images, y, training)
        return tf.cast(codes, self.likelihood.density_dtype)

    def terms(
        self,
        images: tf.Tensor,
        seeds: tf.Tensor,
        y: tf.Tensor | None = None,
        training: bool = False,
        step: tf.Tensor | None = None,
    ) -> AutoencoderTerms:
        """The reconstruction term of each example, inside a graph.

        Args:
            images: uint8 or float images, `(batch, height, width, channels)`.
            seeds: int64 `(batch,)`, of the binarization of pixels between 0 and 1.
            y: The condition, in conditional models.
            training: Passed on to the networks.
            step: How many training steps have been made; it changes nothing here.

        Returns:
            `AutoencoderTerms` in nats, each `(batch,)`.
        """
        target = self.prepare_target(images, seeds)
        z = self.codes(target, y, training)
        likelihood = self.generate(z, y, training)
        reconstruction = self.log_likelihood(likelihood, target, y)
        return AutoencoderTerms(-reconstruction, reconstruction)

    def sample(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises `NotImplementedError`: there is no prior to draw codes from."""
        self._raise_no_density("sample", "images can be drawn from a VAE")

    @property
    def prior(self) -> NoReturn:
        """Raises `NotImplementedError`: there is no prior."""
        return self._raise_no_density("prior", "a VAE has one")

    def prior_for(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises `NotImplementedError`: there is no prior."""
        self._raise_no_density("prior_for", "a VAE has one")

    def elbo(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises `NotImplementedError`: there is no bound."""
        self._raise_no_density("elbo", "a VAE bounds log p(x)")

    def elbo_terms(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises `NotImplementedError`: there is no bound."""
        self._raise_no_density("elbo_terms", "a VAE bounds log p(x)")

    def log_prob(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises `NotImplementedError`: there is no density of images."""
        self._raise_no_density("log_prob", "a VAE estimates log p(x)")

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON."""
        return {
            **self._base_config(),
            "image_shape": list(self.image_shape),
            "latent_dim": self.latent_dim,
            "network": self.architecture.name,
            "likelihood": identifier(self._likelihood_argument),
            **self.architecture.get_config(),
        }

    def _encoding(self, x: tf.Tensor, y: tf.Tensor | None = None) -> tf.Tensor:
        return tf.cast(self.encoder_outputs(self.prepare(x), y), tf.float32)

    def _raise_no_density(self, verb: str, instead: str) -> NoReturn:
        raise NotImplementedError(
            "Expected a model with a prior p(z) and a posterior q(z|x): an Autoencoder "
            "maps an image to one code and says nothing of how codes are distributed, "
            f"so there is no density; {instead}, such as vaezoo.FullyConnectedVAE or "
            "vaezoo.ConvolutionalVAE with the same networks. Without one, compare by "
            "`evaluate`, whose `reconstruction` is log p(x|z). "
            f"Received: a call of `{verb}`"
        )
