"""vaezoo's share of the work, by its public interface and with its defaults."""

from typing import Any

import keras
import numpy as np

import vaezoo
from benchmarks.worker import Prepared, Segment, repeat, serve
from benchmarks.workers.images import read_bytes
from benchmarks.workers.keras_networks import LATENT_DIMS, decoder, encoder_body
from benchmarks.workers.stall import short_fits
from benchmarks.workers.tensorflow_device import tensorflow_device


def build(
    network: str,
    image_shape: tuple[int, int, int] = (28, 28, 1),
    latent_dim: int | None = None,
) -> keras.Model:
    """A compiled VAE with one of the two networks."""
    latent_dim = latent_dim or LATENT_DIMS[network]
    if network == "fc":
        model = vaezoo.FullyConnectedVAE(
            image_shape, latent_dim, hidden_units=(500, 500), activation="relu"
        )
    else:
        images, hidden = encoder_body(network, image_shape)
        params = keras.layers.Dense(2 * latent_dim)(hidden)
        model = vaezoo.VAE(
            keras.Model(images, params), decoder(network, image_shape, latent_dim)
        )
    model.compile(keras.optimizers.Adam(1e-3))
    return model


def prepare(settings: dict[str, Any]) -> Prepared:
    """The segments of a task."""
    return Prepared(
        _TASKS[settings["task"]](settings),
        tensorflow_device(),
        ("vaezoo", "tensorflow", "keras", "tensorflow-probability"),
    )


def _training(settings: dict[str, Any]) -> dict[str, Segment]:
    model = build(settings["network"])
    # All images stay in memory, as in a training run; a segment is a fit on some.
    x = read_bytes(settings["data"])

    def fit() -> dict[str, int]:
        model.fit(x[: settings["images"]], batch_size=settings["batch_size"])
        return {"count": settings["images"]}

    return {"fit": fit}


def _stall(settings: dict[str, Any]) -> dict[str, Segment]:
    model = build(settings["network"])
    x = read_bytes(settings["data"])[: settings["images"]]
    fits, limit = settings["fits"], settings["seconds"]
    return {"fit": lambda: short_fits(model, x, settings["batch_size"], fits, limit)}


def _inference(settings: dict[str, Any]) -> dict[str, Segment]:
    model, x = build(settings["network"]), read_bytes(settings["data"])
    segments: dict[str, Segment] = {}
    for batch in settings["batches"]:
        for verb, call in _verbs(model, x[:batch]).items():
            segments[f"{verb} {batch}"] = lambda call=call, batch=batch: {
                "count": batch * repeat(call, settings["seconds"])
            }
    return segments


def _one_image(settings: dict[str, Any]) -> dict[str, Segment]:
    x = read_bytes(settings["data"])[:1]
    segments: dict[str, Segment] = {}
    for network in LATENT_DIMS:
        verbs = _verbs(build(network), x)
        for verb in ("encode", "reconstruct"):
            segments[f"{network} {verb}"] = lambda call=verbs[verb]: {
                "count": repeat(call, settings["seconds"])
            }
    return segments


def _likelihood(settings: dict[str, Any]) -> dict[str, Segment]:
    model = build(settings["network"])
    x = read_bytes(settings["data"])[: settings["images"]]
    samples = settings["samples"]

    def log_prob() -> dict[str, int]:
        model.log_prob(x, num_samples=samples, seed=0)
        return {"count": len(x) * samples}

    return {"log_prob": log_prob}


def _verbs(model: keras.Model, x: np.ndarray) -> dict[str, Any]:
    return {
        "reconstruct": lambda: model.reconstruct(x),
        # The distribution holds TensorFlow's tensors; reading one is part of the work.
        "encode": lambda: model.encode(x).mean().numpy(),
        "sample": lambda: model.sample(len(x), seed=1),
    }


_TASKS = {
    "training": _training,
    "stall": _stall,
    "inference": _inference,
    "one_image": _one_image,
    "likelihood": _likelihood,
}

if __name__ == "__main__":
    serve(prepare)
