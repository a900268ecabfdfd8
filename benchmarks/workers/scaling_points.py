"""vaezoo at one size after another; see `benchmarks.scaling`."""

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

import vaezoo
from benchmarks.worker import Prepared, Segment, serve
from benchmarks.workers.keras_networks import LATENT_DIMS
from benchmarks.workers.tensorflow_device import tensorflow_device
from benchmarks.workers.vaezoo_models import build

# What a model is trained with and on where nothing else is said.
_BATCH_SIZE = 128
_IMAGE_SIZE = 28

# Each is built at its first use, which belongs to the warm-up.
_model = functools.cache(build)


def prepare(settings: dict[str, Any]) -> Prepared:
    """The segments "QUANTITY NETWORK VALUE"."""
    segments = {
        f"{quantity} {network} {value}": _SEGMENTS[quantity](settings, network, value)
        for quantity, values in settings["points"].items()
        for network in LATENT_DIMS
        for value in values
    }
    return Prepared(segments, tensorflow_device(), ("vaezoo", "tensorflow", "keras"))


def _batch_size(settings: dict[str, Any], network: str, value: int) -> Segment:
    count = max(settings["images"][network], settings["steps"][network] * value)
    return _training(lambda: _model(network), count, batch_size=value)


def _latent_dim(settings: dict[str, Any], network: str, value: int) -> Segment:
    return _training(
        lambda: _model(network, latent_dim=value), settings["images"][network]
    )


def _image_size(settings: dict[str, Any], network: str, value: int) -> Segment:
    pixels = (value / _IMAGE_SIZE) ** 2
    count = int(settings["images"][network] / pixels)
    count = max(count, settings["steps"][network] * _BATCH_SIZE)
    shape = (value, value, 1)
    return _training(lambda: _model(network, image_shape=shape), count, value)


def _k(settings: dict[str, Any], network: str, value: int) -> Segment:
    count = min(max(settings["rows"][network] // value, 1), 1000)

    def log_prob() -> dict[str, int]:
        _model(network).log_prob(_images(count), num_samples=value, seed=0)
        return {"count": count}

    return log_prob


def _training(
    model_of: Callable[[], keras.Model],
    count: int,
    image_size: int = _IMAGE_SIZE,
    batch_size: int = _BATCH_SIZE,
) -> Segment:
    count = count // batch_size * batch_size

    def fit() -> dict[str, int]:
        model_of().fit(_images(count, image_size), batch_size=batch_size)
        return {"count": count}

    return fit


@functools.cache
def _images(count: int, image_size: int = _IMAGE_SIZE) -> np.ndarray:
    return vaezoo.data.Sprites(image_size).sample(count, seed=0)[0]


_SEGMENTS = {
    "batch_size": _batch_size,
    "latent_dim": _latent_dim,
    "image_size": _image_size,
    "k": _k,
}

if __name__ == "__main__":
    serve(prepare)
