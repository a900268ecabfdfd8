"""The VAE families: `keras.Model`s with a custom `train_step`."""

from vaezoo.backend import require_tensorflow

require_tensorflow()

from vaezoo.models.architecture import Architecture as Architecture  # noqa: E402
from vaezoo.models.autoencoder import Autoencoder as Autoencoder  # noqa: E402
from vaezoo.models.beta_vae import BetaVAE as BetaVAE  # noqa: E402
from vaezoo.models.conditional_normal import (  # noqa: E402
    ConditionalNormal as ConditionalNormal,
)
from vaezoo.models.conditional_real_nvp import (  # noqa: E402
    ConditionalRealNVP as ConditionalRealNVP,
)
from vaezoo.models.conditional_vae import ConditionalVAE as ConditionalVAE  # noqa: E402
from vaezoo.models.conditions import Attributes as Attributes  # noqa: E402
from vaezoo.models.conditions import Condition as Condition  # noqa: E402
from vaezoo.models.conditions import Labels as Labels  # noqa: E402
from vaezoo.models.conditions import PartialImage as PartialImage  # noqa: E402
from vaezoo.models.convolutional_vae import (  # noqa: E402
    ConvolutionalVAE as ConvolutionalVAE,
)
from vaezoo.models.family import FamilyVAE as FamilyVAE  # noqa: E402
from vaezoo.models.fully_connected_vae import (  # noqa: E402
    FullyConnectedVAE as FullyConnectedVAE,
)
from vaezoo.models.non_finite import NonFiniteLossError as NonFiniteLossError  # noqa: E402
from vaezoo.models.registry import families as families  # noqa: E402
from vaezoo.models.registry import register_family as register_family  # noqa: E402
from vaezoo.models.vae import VAE as VAE  # noqa: E402
