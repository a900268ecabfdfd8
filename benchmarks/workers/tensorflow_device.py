"""What TensorFlow computes on."""

import tensorflow as tf


def tensorflow_device() -> str:
    """The name of the first GPU, or "CPU"."""
    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        return "CPU"
    return tf.config.experimental.get_device_details(devices[0]).get(
        "device_name", "GPU"
    )
