"""Checks of what a model does with a condition."""

from collections.abc import Callable

import numpy as np

from vaezoo.testing.subject import Subject

# Draws until one of them is another condition.
_TRIES = 8


def check_condition(subject: Subject) -> None:
    """A condition changes the result; a wrong one, or one too many, is refused."""
    model, images, y = subject.model, subject.images, subject.y
    verbs = {
        "encode": lambda y: model.encode(images, y),
        "decode": lambda y: model.decode(np.zeros((len(images), model.latent_dim)), y),
        "sample": lambda y: model.sample(len(images), subject.seed, y),
        "reconstruct": lambda y: model.reconstruct(images, y),
        "elbo": lambda y: model.elbo(images, subject.seed, y),
        "log_prob": lambda y: model.log_prob(images, 2, subject.seed, y),
    }
    if y is None:
        for verb, call in verbs.items():
            _assert_refused(verb, call, np.zeros(len(images), "int64"), "a condition")
        return
    for verb, call in verbs.items():
        _assert_refused(verb, call, None, "no condition")
        _assert_refused(verb, call, y[1:], "a condition too few")
    other = _other_condition(subject)
    if other is not None:
        assert not np.array_equal(
            model.reconstruct(images, other), model.reconstruct(images, y)
        ), (
            "Expected another condition to change `reconstruct`. "
            "Received: the same images for both"
        )


def _assert_refused(verb: str, call: Callable, y: object, what: str) -> None:
    try:
        call(y)
    except ValueError:
        return
    raise AssertionError(
        f"Expected `{verb}` to raise a ValueError. Received: an answer for {what}"
    )


def _other_condition(subject: Subject) -> np.ndarray | None:
    """Conditions that differ from the subject's, if there are others."""
    for seed in range(_TRIES):
        other = subject.model.condition.example(len(subject.images), seed)
        if not np.array_equal(other, subject.y, equal_nan=other.dtype.kind == "f"):
            return other
    return None
