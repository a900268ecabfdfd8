"""Checks of training: gradients, execution modes, evaluate and fit."""

import functools

import numpy as np
import tensorflow as tf

from vaezoo.models import VAE
from vaezoo.testing.subject import Subject

_SMALL = 0.01


def check_gradients(subject: Subject) -> None:
    """The loss depends on every trainable weight."""
    subject = subject.fresh_copy()
    model = subject.model
    _leave_zero(model.trainable_weights, subject.seed)
    with tf.GradientTape() as tape:
        terms = model.terms(subject.images, subject.row_seeds, subject.y, training=True)
        loss = terms.loss
    weights = model.trainable_weights
    gradients = tape.gradient(loss, [weight.value for weight in weights])
    dead, bad = [], []
    for weight, gradient in zip(weights, gradients, strict=True):
        values = None if gradient is None else tf.convert_to_tensor(gradient).numpy()
        if values is None or not values.any():
            dead.append(weight.path)
        elif not np.isfinite(values).all():
            bad.append(weight.path)
    assert not dead, f"Expected a gradient for every weight. Received: none for {dead}"
    assert not bad, f"Expected finite gradients. Received: NaN or infinity for {bad}"


def check_execution_modes(subject: Subject) -> None:
    """Eager mode, a graph and XLA give the same terms and the same images."""
    inputs = [tf.constant(subject.images), tf.constant(subject.row_seeds)]
    if subject.y is not None:
        inputs.append(tf.constant(subject.y))
    body = functools.partial(_terms_and_reconstruction, subject.model)
    eager = body(*inputs)
    for mode, jit_compile in (("a graph", False), ("XLA", True)):
        compiled = tf.function(body, autograph=False, jit_compile=jit_compile)
        for name, values in compiled(*inputs).items():
            subject.assert_close(
                values, eager[name], f"Expected the {name} of {mode} as in eager mode."
            )


def check_evaluate(subject: Subject) -> None:
    """`evaluate` does not depend on the call, nor on the batch size."""
    model, images = subject.fresh_copy().model, subject.images
    model.compile(jit_compile=False)
    first = model.evaluate(images, subject.y, len(images), verbose=0)
    assert np.isfinite(first).all(), f"Expected finite means. Received: {first}"
    for batch_size in (len(images), len(images) // 2 + 1):
        again = model.evaluate(images, subject.y, batch_size, verbose=0)
        other_rows = batch_size < len(images) and model.objective.contrasts_rows
        start = 1 if other_rows else 0  # the loss, before the true bound and its terms
        subject.assert_close(
            again[start:],
            first[start:],
            "Expected `evaluate` to be the same at every call.",
        )


def check_fit(subject: Subject) -> None:
    """A step of training changes weights, and all of them stay finite."""
    model, images = subject.fresh_copy().model, subject.images
    before = [np.asarray(weight) for weight in model.trainable_weights]
    model.compile("adam", jit_compile=False)  # XLA has a check of its own
    # Without `adapt`, which changes weights too.
    history = model.fit(
        images, subject.y, len(images), epochs=2, verbose=0, adapt=False
    )
    logs = history.history
    expected = {"loss", "elbo", "reconstruction", "kl"}
    assert expected <= logs.keys(), f"Expected {expected} in the logs. Received: {logs}"
    for name, values in logs.items():
        assert np.isfinite(values).all(), f"Expected a finite {name}. Received {values}"
    after = [np.asarray(weight) for weight in model.trainable_weights]
    pairs = list(zip(before, after, strict=True))
    assert not before or any((old != new).any() for old, new in pairs), (
        "Expected `fit` to change weights. Received: weights as they were"
    )
    bad = [w.path for w in model.weights if not np.isfinite(np.asarray(w)).all()]
    assert not bad, f"Expected finite weights after `fit`. Received: {bad} are not"


def _terms_and_reconstruction(
    model: VAE, images: tf.Tensor, seeds: tf.Tensor, y: tf.Tensor | None = None
) -> dict[str, tf.Tensor]:
    terms = model.terms(images, seeds, y)._asdict()
    return {**terms, "images": model(images if y is None else (images, y))}


def _leave_zero(weights: list, seed: int) -> None:
    """Gives weights that are all zero a small value.

    A layer that begins at zero, as residual blocks may, hides those before it.
    """
    rng = np.random.default_rng(seed)
    for weight in weights:
        if not np.asarray(weight).any():
            weight.assign(rng.normal(0.0, _SMALL, tuple(weight.shape)))
