"""How fast models are, side by side in one run."""

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from vaezoo.evaluation.measurement import Measurement
from vaezoo.models import VAE
from vaezoo.models.encoder_decoder import EncoderDecoder

_SECONDS = "s"
_CALLS = 10  # of a single image, a round


@dataclasses.dataclass(frozen=True)
class Speed:
    """How fast one model is.

    Args:
        measurements: `encode_rate`, `decode_rate` and, of a model with a prior,
            `sample_rate` in images/s; `latency` of one image's reconstruction in s.
        spread: The largest range of one of them over the rounds, without the slowest
            and the fastest quarter, over its median.
    """

    measurements: tuple[Measurement, ...]
    spread: float


def measure_speed(
    models: Mapping[str, EncoderDecoder],
    images: np.ndarray,
    conditions: Mapping[str, Any] | None = None,
    rounds: int = 7,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Speed]:
    """Measures encoding, decoding, sampling, and the latency of a single image.

    The models take turns: in each round every model does everything once, in another
    order each time, so that a slow moment of the machine hits all of them. Graphs are
    traced before. The result is the median over the rounds.

    Args:
        models: The models by label.
        images: One batch, `(n, height, width, channels)`, that all of them take.
        conditions: The condition of each image by label, for conditional models.
        rounds: How many rounds.
        seed: Seed of latents and samples.
        progress: Called with the number of each round that is done.

    Returns:
        The speed of each model, by label.
    """
    conditions = conditions or {}
    verbs = {
        label: _verbs(model, images, conditions.get(label), seed)
        for label, model in models.items()
    }
    for calls in verbs.values():
        for call, _ in calls.values():
            call()
    seconds: dict[tuple[str, str], list[float]] = {}
    labels = list(models)
    for number in range(rounds):
        turn = number % max(1, len(labels))
        for label in labels[turn:] + labels[:turn]:
            for verb, (call, repeats) in verbs[label].items():
                seconds.setdefault((label, verb), []).append(_median(call, repeats))
        if progress:
            progress(number + 1)
    return {
        label: _speed(
            {verb: seconds[label, verb] for verb in verbs[label]}, len(images), rounds
        )
        for label in labels
    }


def _verbs(
    model: EncoderDecoder, images: np.ndarray, y: Any, seed: int
) -> dict[str, tuple[Callable[[], Any], int]]:
    """What is timed, by its name, and how many calls make one time."""
    n = len(images)
    z = np.random.default_rng(seed).standard_normal((n, model.latent_dim), np.float32)
    one = images[:1], None if y is None else y[:1]
    verbs = {
        "encode_rate": (lambda: model.encode(images, y), 1),
        "decode_rate": (lambda: model.decode(z, y), 1),
        "latency": (lambda: model.reconstruct(*one), _CALLS),
    }
    if isinstance(model, VAE):
        verbs["sample_rate"] = (lambda: model.sample(n, seed, y), 1)
    return verbs


def _median(call: Callable[[], Any], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def _speed(seconds: Mapping[str, Sequence[float]], batch: int, rounds: int) -> Speed:
    how = f"median of {rounds} rounds, the models in turn"
    measurements, spreads = [], []
    for verb, times in seconds.items():
        low, middle, high = np.percentile(times, [25, 50, 75])
        spreads.append((high - low) / middle)
        if verb == "latency":
            protocol = f"one image's reconstruction; {how} of {_CALLS} calls"
            row = Measurement(verb, float(middle), _SECONDS, protocol, 1)
        else:
            protocol = f"batches of {batch}; {how}"
            rate = float(batch / middle)
            row = Measurement(verb, rate, "images/s", protocol, batch)
        measurements.append(row)
    return Speed(tuple(measurements), float(max(spreads)))
