"""The use of the latent dimensions, in the logs of training."""

from typing import Any

import keras
import numpy as np

from vaezoo.evaluation.latent_use import latent_use


class LatentUsage(keras.callbacks.Callback):
    """Measures at the end of each epoch which latent dimensions are in use.

    Posterior collapse shows here first: fewer `active_units`, and a `kl_min` of zero.
    Into the logs of the epoch, for `History`, `CSVLogger`, `TensorBoard` and what else
    reads them, go

    - `active_units`: dimensions whose posterior mean varies by more than 0.01 over the
      images (Burda et al. 2016, appendix C);
    - `kl_max`, `kl_min`: the KL divergence of the dimension that has most of it, and
      of the one that has least, in nats.

    `fit` of a VAE calls it before the callbacks that read the logs, in whatever order
    they are given.

    Args:
        images: Images to measure on, of the validation set say; a thousand will do.
            uint8 or floats in [0, 1], `(n, height, width, channels)`.
        y: The condition of each image, in conditional models.
        seed: Seed of the binarization of grey images for a binary likelihood.

    Attributes:
        kl: KL divergence of each dimension after the last epoch in nats,
            `(latent_dim,)`; `(1,)`, that of all together, where posterior or prior
            have dependent dimensions.
        kl_history: The same of every epoch, a list.

    Raises:
        ValueError: When training begins, if the images do not fit the model.

    Example:
        >>> usage = vaezoo.callbacks.LatentUsage(validation_images)
        >>> history = model.fit(images, callbacks=[usage], verbose=0)
        >>> usage.kl.shape, len(history.history["active_units"])
        ((8,), 1)
    """

    adds_to_logs = True
    """Tells `fit` to call it before the callbacks that read the logs."""

    def __init__(self, images: Any, y: Any = None, seed: int = 0) -> None:
        super().__init__()
        self._data = (images, y, seed)
        self.kl: np.ndarray | None = None
        self.kl_history: list[np.ndarray] = []

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Measures once, so that data that do not fit are found before an epoch."""
        latent_use(self.model, *self._data)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Measures, and adds to the logs."""
        use = latent_use(self.model, *self._data)
        self.kl = use.kl
        self.kl_history.append(use.kl)
        if logs is not None:
            logs["active_units"] = use.active_units
            logs["kl_max"] = float(use.kl.max())
            logs["kl_min"] = float(use.kl.min())
