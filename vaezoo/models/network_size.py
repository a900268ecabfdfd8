"""How much memory a network takes for a row, and how many rows suit it."""

import math
from typing import TYPE_CHECKING, Any

import keras

from vaezoo.models.conditional_networks import flat_layers
from vaezoo.models.execution import is_dense

if TYPE_CHECKING:
    from vaezoo.models.encoder_decoder import EncoderDecoder

# Rows of a batch: the matrix products of dense layers gain nothing from more.
_MOST_ROWS = 2048
_MOST_ROWS_OF_OTHERS = 256
# Numbers in the widest layer's output for a batch: more fall out of the caches.
_MOST_NUMBERS = 2**23
# What a layer of unknown output is taken for.
_UNKNOWN = 2**15
_BYTES = 4
# The tensors of the widest size that are alive at a time, temporary ones among them.
_ALIVE = 4


def rows_that_fit(model: "EncoderDecoder") -> int:
    """Rows a batch at inference, a power of two."""
    rows = _MOST_NUMBERS // max(_widest(model.encoder), widest_decoded(model))
    dense = is_dense(model.encoder, model.decoder)
    rows = min(rows, _MOST_ROWS if dense else _MOST_ROWS_OF_OTHERS)
    return 1 << (max(1, rows).bit_length() - 1)


def widest_decoded(model: "EncoderDecoder") -> int:
    """Numbers in the largest tensor between a latent vector and its likelihood."""
    return max(_widest(model.decoder), model.likelihood.num_params)


def bytes_a_row(model: "EncoderDecoder") -> int:
    """Estimate of the memory that one latent vector takes on its way to log p(x|z)."""
    return _ALIVE * _BYTES * widest_decoded(model)


def runs_unchecked(model: "EncoderDecoder") -> bool:
    """Whether no part checks values as it runs, which XLA would leave out."""
    parts = (getattr(model, name, None) for name in ("posterior", "likelihood"))
    return not any(getattr(part, "validate_args", False) for part in parts)


def _widest(network: keras.layers.Layer) -> int:
    return max(_outputs(layer) for layer in flat_layers(network))


def _outputs(layer: Any) -> int:
    try:
        outputs = keras.tree.flatten(layer.output)
    except (AttributeError, ValueError):  # It was never called on symbolic tensors.
        return _UNKNOWN
    return max(math.prod(n or 1 for n in output.shape) for output in outputs)
