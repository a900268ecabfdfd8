"""Keras must run on TensorFlow."""


def require_tensorflow() -> None:
    """Checks Keras's backend, which is chosen when Keras is first imported.

    Raises:
        ImportError: If Keras runs on another backend; it says how to change that.
    """
    import keras

    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise ImportError(
            "Expected Keras on TensorFlow. Set the environment variable "
            "KERAS_BACKEND=tensorflow before Keras is first imported (it overrides "
            "~/.keras/keras.json), and start Python anew. "
            f"Received: keras.backend.backend() = {backend!r}"
        )
