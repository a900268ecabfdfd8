"""The verbs of the models, by way of a server."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vaezoo.images import check_images
from vaezoo.row_seeds import standardize_seeds
from vaezoo.serving.client.answers import Decoding, Encoding, LogProbTerms, encoding
from vaezoo.serving.client.batches import Arrays
from vaezoo.serving.client.calls import Calls
from vaezoo.serving.client.conditioned import run_conditioned, run_drawing

# `log_prob` decodes many images a row.
_LOG_PROB_ROWS = 32


class Verbs:
    """What a model does, with arrays as answers; `Client` is for use."""

    _calls: Calls

    def encode(self, x: Any, y: Any = None) -> Encoding | np.ndarray:
        """The posterior of each image; of an autoencoder its code.

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`.
            y: The condition, in conditional models.

        Returns:
            Mean and standard deviation; of an autoencoder the array of codes. Each is
            float32 `(n, latent_dim)`.

        Raises:
            ValueError: If the arguments do not fit the model.
            RequestError: If the server does not answer with outputs.
        """
        return encoding(self._run("encode", {"image": x}, y))

    def decode(self, z: Any, y: Any = None) -> Decoding:
        """The likelihood of each latent vector.

        Args:
            z: `(n, latent_dim)`.
            y: The condition, in conditional models.

        Returns:
            Its mean, which are images, and its parameters.

        Raises:
            ValueError: If the arguments do not fit the model.
            RequestError: If the server does not answer with outputs.
        """
        outputs = self._run("decode", {"z": z}, y)
        return Decoding(outputs.pop("mean"), outputs)

    def sample(
        self,
        n: int | None = None,
        seed: int | Sequence[int] | None = None,
        y: Any = None,
    ) -> np.ndarray:
        """New images; the same seed gives the images that `model.sample` gives.

        Args:
            n: How many; by default one for each seed of a sequence, or each condition.
            seed: An integer, or one integer an image. Fresh images by default.
            y: The condition, in conditional models: one an image, or one for all.

        Returns:
            float32 `(n, height, width, channels)`, in [0, 1].

        Raises:
            ValueError: If the arguments do not fit the model or each other.
            RequestError: If the server does not answer with outputs.
        """
        return run_drawing(self._calls, "sample", n, seed, y)["image"]

    def reconstruct(self, x: Any, y: Any = None) -> np.ndarray:
        """The likelihood's mean for the code of each image.

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`.
            y: The condition, in conditional models.

        Returns:
            float32 `(n, height, width, channels)`, in [0, 1].

        Raises:
            ValueError: If the arguments do not fit the model.
            RequestError: If the server does not answer with outputs.
        """
        return self._run("serving_default", {"image": x}, y)["reconstruction"]

    def log_prob(
        self, x: Any, seed: int | Sequence[int] | None = None, y: Any = None
    ) -> np.ndarray:
        """The importance-weighted estimate of log p(x), as `model.log_prob`.

        How many importance samples it takes was fixed at the export, by
        `log_prob_samples`.

        Args:
            x: uint8 or floats in [0, 1], `(n, height, width, channels)`.
            seed: An integer, or one integer a row. Fresh noise by default.
            y: The condition, in conditional models.

        Returns:
            float32 `(n,)`, nats.

        Raises:
            ValueError: If the arguments do not fit the model.
            RequestError: If the server does not answer with outputs.
        """
        return self.log_prob_terms(x, seed, y).log_prob

    def elbo(
        self, x: Any, seed: int | Sequence[int] | None = None, y: Any = None
    ) -> np.ndarray:
        """The evidence lower bound, as `model.elbo`; arguments as for `log_prob`.

        Returns:
            float32 `(n,)`, nats.
        """
        return self.log_prob_terms(x, seed, y).elbo

    def log_prob_terms(
        self, x: Any, seed: int | Sequence[int] | None = None, y: Any = None
    ) -> LogProbTerms:
        """The bound with its terms, and the estimate; arguments as for `log_prob`.

        Returns:
            Four arrays, each float32 `(n,)`, nats.
        """
        x = check_images(x)
        values = {"image": x, "seed": standardize_seeds(seed, len(x))}
        outputs = self._run("log_prob", values, y, _LOG_PROB_ROWS)
        return LogProbTerms(*(outputs[name] for name in LogProbTerms._fields))

    def _run(
        self,
        signature: str,
        values: Mapping[str, Any],
        y: Any,
        max_rows: int | None = None,
    ) -> Arrays:
        return run_conditioned(self._calls, signature, values, y, max_rows)
