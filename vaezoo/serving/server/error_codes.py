"""From TensorFlow's errors to those that clients see."""

import tensorflow as tf

from vaezoo.serving.serving_error import ServingError

_CODES = (
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
)
_OTHER = (
    (FileNotFoundError, "NOT_FOUND"),
    (PermissionError, "PERMISSION_DENIED"),
    (OSError, "FAILED_PRECONDITION"),
    (ValueError, "INVALID_ARGUMENT"),
    (TypeError, "INVALID_ARGUMENT"),
    (MemoryError, "RESOURCE_EXHAUSTED"),
)


def serving_error(error: Exception) -> ServingError:
    """The error that a client sees, with TensorFlow's code and a short message.

    Args:
        error: What was raised; a `ServingError` is returned as it is.

    Returns:
        The error. Where an operation stands in the graph is left out of its message.
    """
    if isinstance(error, ServingError):
        return error
    if isinstance(error, tf.errors.OpError):
        return ServingError(_CODES[error.error_code], _short(error.message))
    for kind, code in _OTHER:
        if isinstance(error, kind):
            return ServingError(code, _short(str(error)))
    return ServingError("INTERNAL", _short(f"{type(error).__name__}: {error}"))


def _short(message: str) -> str:
    for end in ("\n\t [[", "\n[[", "\nOriginal stack trace", "\n\nErrors may have"):
        message = message.split(end)[0]
    return " ".join(message.split())[:1000]
