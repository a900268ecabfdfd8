"""Keras must run on TensorFlow."""


def require_tensorflow() -> None:
    """Raises ImportError if Keras runs on another backend."""
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ImportError(
            "Expected Keras on TensorFlow. "
            f"Received: keras.backend.backend() = {keras.backend.backend()!r}"
        )
