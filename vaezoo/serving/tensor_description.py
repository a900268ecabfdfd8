"""What a signature says of an input or an output."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class TensorDescription:
    """An input or output of a signature.

    Args:
        name: Its name in the signature.
        dtype: Name of its dtype, such as "float32".
        shape: Its shape; None for the batch axis. None itself for any shape at all.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...] | None
