"""vaezoo: a zoo of variational autoencoders for Keras 3 on TensorFlow.

`import vaezoo` imports no TensorFlow: every name is fetched at its first use.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vaezoo import callbacks as callbacks
    from vaezoo import data as data
    from vaezoo import evaluation as evaluation
    from vaezoo import layers as layers
    from vaezoo import models as models
    from vaezoo import networks as networks
    from vaezoo import objectives as objectives
    from vaezoo import plotting as plotting
    from vaezoo import serving as serving
    from vaezoo import testing as testing
    from vaezoo import training as training
    from vaezoo import zoo as zoo
    from vaezoo.evaluation import compare as compare
    from vaezoo.models import VAE as VAE
    from vaezoo.models import Attributes as Attributes
    from vaezoo.models import Autoencoder as Autoencoder
    from vaezoo.models import BetaVAE as BetaVAE
    from vaezoo.models import ConditionalVAE as ConditionalVAE
    from vaezoo.models import ConvolutionalVAE as ConvolutionalVAE
    from vaezoo.models import FullyConnectedVAE as FullyConnectedVAE
    from vaezoo.models import Labels as Labels
    from vaezoo.models import PartialImage as PartialImage
    from vaezoo.serving import export as export
    from vaezoo.zoo import info as info
    from vaezoo.zoo import list_models as list_models
    from vaezoo.zoo import load as load

    __version__: str

_ROOMS = (
    "beam",
    "callbacks",
    "data",
    "distributed",
    "evaluation",
    "layers",
    "models",
    "networks",
    "objectives",
    "plotting",
    "serving",
    "testing",
    "training",
    "zoo",
)
_NAMES = {
    "Attributes": "models",
    "Autoencoder": "models",
    "BetaVAE": "models",
    "ConditionalVAE": "models",
    "ConvolutionalVAE": "models",
    "FullyConnectedVAE": "models",
    "Labels": "models",
    "PartialImage": "models",
    "VAE": "models",
    "compare": "evaluation",
    "export": "serving",
    "info": "zoo",
    "list_models": "zoo",
    "load": "zoo",
}


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"vaezoo.{name}")
    if name in _NAMES:
        value = getattr(importlib.import_module(f"vaezoo.{_NAMES[name]}"), name)
    elif name == "__version__":
        value = importlib.import_module("importlib.metadata").version("vaezoo")
    else:
        raise AttributeError(f"module 'vaezoo' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS, *_NAMES, "__version__"})
