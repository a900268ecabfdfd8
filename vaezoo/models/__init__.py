"""The VAE families: `keras.Model`s with a custom `train_step`."""

from vaezoo.backend import require_tensorflow

require_tensorflow()

from vaezoo.models.convolutional_vae import (  # noqa: E402
    ConvolutionalVAE as ConvolutionalVAE,
)
from vaezoo.models.fully_connected_vae import (  # noqa: E402
    FullyConnectedVAE as FullyConnectedVAE,
)
from vaezoo.models.non_finite import NonFiniteLossError as NonFiniteLossError  # noqa: E402
from vaezoo.models.registry import families as families  # noqa: E402
from vaezoo.models.registry import register_family as register_family  # noqa: E402
from vaezoo.models.vae import VAE as VAE  # noqa: E402
