"""What a server says of a version."""

from typing import NamedTuple


class VersionStatus(NamedTuple):
    """The state of one version, as TensorFlow Serving's status has it.

    Args:
        version: Its number.
        state: "START", "LOADING", "AVAILABLE", "UNLOADING" or "END".
        error_code: "OK", or why it is not available.
        error_message: The same in words.
    """

    version: int
    state: str
    error_code: str = "OK"
    error_message: str = ""
