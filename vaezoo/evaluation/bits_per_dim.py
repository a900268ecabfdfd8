"""Bits per dimension, the log-likelihood of grey and colour images."""

import dataclasses
import math

from vaezoo.evaluation.measurement import Measurement
from vaezoo.layers import DistributionLayer, PixelKind

# A level of 8 bits is 1/256 of [0, 1]: its mass is about the density there over 256.
_BITS = 8


def bits_per_dim(nll: Measurement, likelihood: DistributionLayer) -> list[Measurement]:
    """The NLL in bits for each element of an image.

    Args:
        nll: The negative log-likelihood of an image, in nats.
        likelihood: The layer that it was measured with.

    Returns:
        `bits_per_dim`; nothing for a likelihood of binary pixels, or of none.
    """
    dimensions = math.prod(likelihood.event_shape)
    scale = 1.0 / (dimensions * math.log(2.0))
    if likelihood.pixel_kind is PixelKind.LEVELS:
        correction, how = 0, "mass of the 256 levels"
    elif likelihood.pixel_kind is PixelKind.DENSITY:
        correction = _BITS
        how = (
            f"density of pixels scaled to [0, 1], + {_BITS} bits for its 256 levels; "
            "no dequantization noise"
        )
    else:
        return []
    error = nll.standard_error
    measurement = dataclasses.replace(
        nll,
        name="bits_per_dim",
        value=nll.value * scale + correction,
        unit="bits/dim",
        protocol=f"nll / ({dimensions} ln 2), {how}; {nll.protocol}",
        standard_error=None if error is None else error * scale,
    )
    return [measurement]
