"""Encoders and decoders as plain Keras networks."""

from vaezoo.networks.convolutional import (
    convolutional_decoder as convolutional_decoder,
)
from vaezoo.networks.convolutional import (
    convolutional_encoder as convolutional_encoder,
)
from vaezoo.networks.fully_connected import (
    fully_connected_decoder as fully_connected_decoder,
)
from vaezoo.networks.fully_connected import (
    fully_connected_encoder as fully_connected_encoder,
)
