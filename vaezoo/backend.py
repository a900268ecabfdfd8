"""What must be installed, and what Keras must run on."""

import importlib.util


def require_tensorflow() -> None:
    """Checks Keras, its backend, which is chosen at its first import, and tf-keras.

    Raises:
        ImportError: If Keras is Keras 2, runs on another backend, or TensorFlow
            Probability lacks the tf-keras that it does not start without; it says how
            to change that.
    """
    import keras

    version = keras.__version__
    if int(version.partition(".")[0]) < 3:
        raise ImportError(
            "Expected Keras 3: pip install --upgrade keras. "
            f"Received: keras.__version__ = {version!r}"
        )
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise ImportError(
            "Expected Keras on TensorFlow. Set the environment variable "
            "KERAS_BACKEND=tensorflow before Keras is first imported (it overrides "
            "~/.keras/keras.json), and start Python anew. "
            f"Received: keras.backend.backend() = {backend!r}"
        )
    if importlib.util.find_spec("tf_keras") is None:
        import tensorflow

        installed = tensorflow.__version__
        release = ".".join(installed.split(".")[:2])
        raise ImportError(
            "Expected the package tf-keras, without which TensorFlow Probability does "
            f"not start: pip install 'tf-keras~={release}.0', the release for "
            f"TensorFlow {installed}. Received: no module named 'tf_keras'"
        )
