"""The check that everything is traced once: a second call runs no Python."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from vaezoo.models import VAE
from vaezoo.testing.subject import (
    Subject,
    copy_of,
    standardize_condition,
    standardize_images,
)

# Batches of 3, 3 and 2 rows, the last one smaller than the others.
_IMAGES, _BATCH_SIZE = 8, 3
_NETWORKS = ("encoder_outputs", "decoder_outputs")


def check_retracing(
    model: VAE, images: Any = None, y: Any = None, seed: int = 0
) -> tuple[str, ...]:
    """Checks that the second call of anything makes no graph and compiles nothing.

    Each verb, `fit`, `evaluate`, `predict` and `train_on_batch` are called as a first
    time and again, with another number of rows too. The Python code of the networks
    runs while a graph is made, and at no other time: so it must not run any more.

    The check works on a copy, compiled by `compile()`, and takes some seconds.

    Args:
        model: The model.
        images: Images, as for `fit`, at least two. Random ones by default.
        y: The condition of each image, for conditional models. Random ones by default.
        seed: Seed of the random images and conditions, and of every draw.

    Returns:
        The names of what was called.

    Raises:
        ValueError: If `model` is not a `vaezoo.VAE`, or images or conditions do not
            fit it.
        AssertionError: If something is traced again; it names the verb.

    Example:
        >>> encoder = keras.Sequential([
        ...     keras.Input((4, 4, 1)),
        ...     keras.layers.Flatten(),
        ...     keras.layers.Dense(4),
        ... ])
        >>> decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(16)])
        >>> "encode" in check_retracing(vaezoo.VAE(encoder, decoder))
        True
    """
    if not isinstance(model, VAE):
        raise ValueError(f"Expected a vaezoo.VAE. Received: {type(model).__name__}")
    images = standardize_images(images, model, _IMAGES, seed)
    y = standardize_condition(y, model, len(images), seed)
    subject = Subject(copy_of(model), images, seed, y)
    runs = _count_runs(subject.model)
    subject.model.compile()
    checked = []
    for name, call in _calls(subject):
        call(subject.images, subject.y)
        call(*_rows(subject, 1))
        before = len(runs)
        for rows in (len(images), 1, len(images) - 1):
            call(*_rows(subject, rows))
            assert len(runs) == before, (
                f"retracing: Expected `{name}` to be traced once. Received: the Python "
                f"code of {', '.join(sorted(set(runs[before:])))} ran again for "
                f"{rows} rows"
            )
        checked.append(name)
    return tuple(checked)


def _count_runs(model: VAE) -> list[str]:
    """A list that grows by a name each time the Python code of a network runs."""
    runs: list[str] = []

    def counted(name: str) -> Callable:
        run = getattr(model, name)

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            runs.append(name)
            return run(*args, **kwargs)

        return wrapper

    for name in _NETWORKS:
        setattr(model, name, counted(name))
    return runs


def _rows(subject: Subject, count: int) -> tuple[np.ndarray, np.ndarray | None]:
    y = subject.y
    return subject.images[:count], None if y is None else y[:count]


def _calls(subject: Subject) -> Iterator[tuple[str, Callable]]:
    """What is called, with images and their condition."""
    model, seed = subject.model, subject.seed
    yield "encode", lambda x, y: model.encode(x, y).mean()
    z = np.zeros((len(subject.images), model.latent_dim))
    yield "decode", lambda x, y: model.decode(z[: len(x)], y).mean()
    yield "sample", lambda x, y: model.sample(len(x), seed, y)
    yield "reconstruct", lambda x, y: model.reconstruct(x, y)
    yield "elbo_terms", lambda x, y: model.elbo_terms(x, seed, y)
    yield "log_prob", lambda x, y: model.log_prob(x, 3, seed, y)
    # Training is for batches of one size, with a smaller one at the end.
    whole = subject.images, subject.y
    size = {"batch_size": min(_BATCH_SIZE, len(subject.images)), "verbose": 0}
    yield "fit", lambda *_: model.fit(*whole, **size)
    yield "evaluate", lambda *_: model.evaluate(*whole, **size)
    inputs = whole[0] if model.condition is None else whole
    yield "predict", lambda *_: model.predict(inputs, **size)
    yield "train_on_batch", lambda *_: model.train_on_batch(*whole)
