"""Which networks a family is made of: a name, and the options that go with it."""

import dataclasses
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, ClassVar

import keras

from vaezoo.networks import (
    convolutional_decoder,
    convolutional_encoder,
    fully_connected_decoder,
    fully_connected_encoder,
)
from vaezoo.networks.arguments import check_layer_sizes, check_size

# What any Keras model takes.
_KERAS_ARGUMENTS = ("name", "dtype", "trainable")


class Architecture:
    """A kind of encoder and decoder with its options.

    A subclass is a frozen dataclass of the options, with `name`, `encoder` and
    `decoder`. An entry in `ARCHITECTURES` makes it a `network=` of every family.
    """

    name: ClassVar[str]

    def encoder(self, image_shape: Sequence[int], output_size: int) -> keras.Model:
        """A network from images to vectors.

        Args:
            image_shape: `(height, width, channels)`.
            output_size: Number of outputs.

        Returns:
            A network from `(batch, height, width, channels)` to `(batch, output_size)`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `encoder`.")

    def decoder(
        self, input_size: int, image_shape: Sequence[int], output_size: int
    ) -> keras.Model:
        """A network from vectors to the parameters of images.

        Args:
            input_size: Size of a vector, `latent_dim` of a model without a condition.
            image_shape: `(height, width, channels)`.
            output_size: Number of outputs, a multiple of the number of pixels.

        Returns:
            A network from `(batch, input_size)` to `(batch, output_size)`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `decoder`.")

    def get_config(self) -> dict[str, Any]:
        """The options, as JSON."""
        options = {
            field.name: getattr(self, field.name) for field in dataclasses.fields(self)
        }
        return {k: list(v) if isinstance(v, tuple) else v for k, v in options.items()}


@dataclasses.dataclass(frozen=True)
class FullyConnected(Architecture):
    """Dense networks; see `vaezoo.networks.fully_connected_encoder`.

    Args:
        hidden_units: Width of each hidden layer of the encoder, from the image on; the
            decoder mirrors it.
        activation: Name of a Keras activation.
        residual: Whether hidden layers of equal width are residual blocks.

    Raises:
        ValueError: If a size is not a positive integer.
    """

    name: ClassVar[str] = "fully_connected"

    hidden_units: Sequence[int] = (256, 256)
    activation: str = "gelu"
    residual: bool = False

    def __post_init__(self) -> None:
        units = check_layer_sizes("hidden_units", self.hidden_units)
        object.__setattr__(self, "hidden_units", units)
        object.__setattr__(self, "residual", bool(self.residual))

    def encoder(self, image_shape: Sequence[int], output_size: int) -> keras.Model:  # noqa: D102
        return fully_connected_encoder(
            image_shape, output_size, self.hidden_units, self.activation, self.residual
        )

    def decoder(  # noqa: D102
        self, input_size: int, image_shape: Sequence[int], output_size: int
    ) -> keras.Model:
        units = self.hidden_units[::-1]
        return fully_connected_decoder(
            input_size, output_size, units, self.activation, self.residual
        )


@dataclasses.dataclass(frozen=True)
class Convolutional(Architecture):
    """Convolutional networks; see `vaezoo.networks.convolutional_encoder`.

    Args:
        filters: Channels of each level of the encoder, from the image on; the decoder
            mirrors it.
        dense_units: Width of the dense layer behind the last level.
        residual_blocks: Residual blocks at each level.
        activation: Name of a Keras activation.

    Raises:
        ValueError: If a size is not a positive integer.
    """

    name: ClassVar[str] = "convolutional"

    filters: Sequence[int] = (32, 64)
    dense_units: int = 256
    residual_blocks: int = 0
    activation: str = "gelu"

    def __post_init__(self) -> None:
        sizes = {
            "filters": check_layer_sizes("filters", self.filters, least=1),
            "dense_units": check_size("dense_units", self.dense_units),
            "residual_blocks": check_size(
                "residual_blocks", self.residual_blocks, zero=True
            ),
        }
        for option, value in sizes.items():
            object.__setattr__(self, option, value)

    def encoder(self, image_shape: Sequence[int], output_size: int) -> keras.Model:  # noqa: D102
        return convolutional_encoder(image_shape, output_size, *self._options())

    def decoder(  # noqa: D102
        self, input_size: int, image_shape: Sequence[int], output_size: int
    ) -> keras.Model:
        return convolutional_decoder(
            input_size, image_shape, output_size, *self._options()
        )

    def _options(self) -> tuple[Any, ...]:
        return self.filters, self.dense_units, self.residual_blocks, self.activation


ARCHITECTURES: dict[str, type[Architecture]] = {
    cls.name: cls for cls in (Convolutional, FullyConnected)
}


def split_architecture(
    network: str, arguments: Mapping[str, Any]
) -> tuple[Architecture, dict[str, Any]]:
    """Takes the options of a network out of a family's keyword arguments.

    For the `**kwargs` of families that leave the choice of the network open: the
    options of that network stand beside `name` and `dtype`.

    Args:
        network: A name of `ARCHITECTURES`.
        arguments: Options of that network, and what any Keras model takes.

    Returns:
        The architecture, and the arguments that are left for Keras.

    Raises:
        ValueError: If the name is unknown, an argument is neither an option of that
            network nor one of Keras, or an option is out of range.
    """
    cls = ARCHITECTURES.get(network) if isinstance(network, str) else None
    if cls is None:
        close = get_close_matches(str(network), ARCHITECTURES)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(
            f"Expected `network` to be one of {sorted(ARCHITECTURES)}."
            f"{hint} Received: network={network!r}"
        )
    known = [field.name for field in dataclasses.fields(cls)]
    if unknown := sorted(set(arguments) - {*known, *_KERAS_ARGUMENTS}):
        raise ValueError(
            f"Expected options of the network {network!r} ({', '.join(known)}) or "
            f"{', '.join(_KERAS_ARGUMENTS)}. Received: {', '.join(unknown)}"
        )
    options = {key: arguments[key] for key in known if key in arguments}
    rest = {key: value for key, value in arguments.items() if key not in options}
    return cls(**options), rest
