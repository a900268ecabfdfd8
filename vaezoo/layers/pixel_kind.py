"""What a likelihood takes pixels for."""

import enum


class PixelKind(enum.Enum):
    """The values that a likelihood gives probability to.

    It decides how images are prepared and what their log-likelihood can be compared
    with: nats of binary images, bits/dim of grey and colour ones.
    """

    BINARY = "binary"
    """Zeros and ones; grey values are probabilities, and are binarized first."""

    LEVELS = "levels"
    """The 256 levels of 8 bits: log_prob(x) is the log-mass of round(255 x)."""

    DENSITY = "density"
    """Real numbers: log_prob(x) is a log-density over pixels scaled to [0, 1]."""
