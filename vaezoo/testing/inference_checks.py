"""Checks of what a model gives: shapes, values, draws."""

from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.objectives import ELBO
from vaezoo.testing.subject import Subject

tfd = tfp.distributions

_FEW_SAMPLES = 8
_MANY_SAMPLES = 64
# Draws of each image by which the bound is compared with log p(x).
_REPEATS = 16


def check_shapes(subject: Subject) -> None:
    """Every verb gives an array of the promised shape, finite, images in [0, 1]."""
    model, images, y = subject.model, subject.images, subject.y
    n, image_shape = len(images), model.image_shape
    posterior = model.encode(images, y)
    z = np.asarray(posterior.mean())
    likelihood = model.decode(z, y)
    _assert_distribution("encode(x)", posterior, n, (model.latent_dim,))
    _assert_distribution("decode(z)", likelihood, n, image_shape)
    _assert_array("encode(x).mean()", z, (n, model.latent_dim))
    prior = model.prior_for(y)
    _assert_array("prior.log_prob(z)", prior.log_prob(tf.cast(z, prior.dtype)), (n,))
    _assert_images("decode(z).mean()", likelihood.mean(), (n, *image_shape))
    samples = model.sample(n, subject.seed, y)
    _assert_images(f"sample({n})", samples, (n, *image_shape))
    _assert_images("reconstruct(x)", model.reconstruct(images, y), images.shape)
    _assert_array("elbo(x)", model.elbo(images, subject.seed, y), (n,))
    log_prob = model.log_prob(images, _FEW_SAMPLES, subject.seed, y)
    _assert_array("log_prob(x)", log_prob, (n,))
    first = None if y is None else y[:1]
    _assert_array("elbo(x[:1])", model.elbo(images[:1], subject.seed, first), (1,))


def check_bound(subject: Subject) -> None:
    """The bound is the difference of its two terms, and the loss if that is `ELBO`."""
    model = subject.model
    terms = model.elbo_terms(subject.images, subject.seed, subject.y)
    for name, values in terms._asdict().items():
        _assert_array(f"the {name} of each example", values, (len(subject.images),))
    subject.assert_close(
        terms.elbo,
        terms.reconstruction - terms.kl,
        "Expected elbo = reconstruction - kl.",
    )
    if type(model.objective) is ELBO:
        subject.assert_close(terms.loss, -terms.elbo, "Expected loss = -elbo.")


def check_pixel_types(subject: Subject) -> None:
    """uint8 images and the same divided by 255 are the same images."""
    model, images, y = subject.model, subject.images, subject.y
    floats = images.astype("float32") / 255.0
    expected = "Expected the same for uint8 images and for floats in [0, 1]."
    reconstructions = model.reconstruct(images, y)
    subject.assert_close(model.reconstruct(floats, y), reconstructions, expected)
    elbo = model.elbo(images, subject.seed, y)
    subject.assert_close(model.elbo(floats, subject.seed, y), elbo, expected)


def check_seeds(subject: Subject) -> None:
    """The same seed gives the same draw, another seed another one."""
    model, images, seed = subject.model, subject.images, subject.seed
    y = subject.y
    other = seed + 1 if seed < 0 else seed - 1
    draws = {
        "sample": lambda seed: model.sample(len(images), seed, y),
        "elbo": lambda seed: model.elbo(images, seed, y),
        "log_prob": lambda seed: model.log_prob(images, _FEW_SAMPLES, seed, y),
    }
    for verb, draw in draws.items():
        first, again = draw(seed), draw(seed)
        # Not bit for bit: threads may add up a convolution in another order.
        subject.assert_close(
            again, first, f"Expected `{verb}` to be the same for the same seed."
        )
        assert not np.array_equal(first, draw(other)), (
            f"Expected `{verb}` to differ for another seed. "
            f"Received: the same for the seeds {seed} and {other}"
        )


def check_rows_are_independent(subject: Subject) -> None:
    """Permuting the rows permutes the results, and a row alone has the same result."""
    model, images, seeds = subject.model, subject.images, subject.row_seeds
    y = subject.y
    backwards, first = (None, None) if y is None else (y[::-1], y[:1])
    verbs = {
        "encode": lambda x, seeds, y: model.encode(x, y).mean(),
        "reconstruct": lambda x, seeds, y: model.reconstruct(x, y),
        "sample": lambda x, seeds, y: model.sample(seed=seeds, y=y),
        "elbo": lambda x, seeds, y: model.elbo(x, seeds, y),
        "log_prob": lambda x, seeds, y: model.log_prob(x, _FEW_SAMPLES, seeds, y),
    }
    for verb, function in verbs.items():
        together = np.asarray(function(images, seeds, y))
        subject.assert_close(
            function(images[::-1], seeds[::-1], backwards),
            together[::-1],
            f"Expected `{verb}` of a permuted batch to be the permuted result.",
        )
        subject.assert_close(
            function(images[:1], seeds[:1], first),
            together[:1],
            f"Expected `{verb}` of a row not to depend on the rows beside it.",
        )


def check_bound_below_log_prob(subject: Subject) -> None:
    """The ELBO is at most log p(x) in expectation."""
    model, images, y = subject.model, subject.images, subject.y
    gaps = []
    for repeat in range(_REPEATS):
        # The same seed binarizes an image in the same way for both.
        seeds = subject.row_seeds + repeat
        log_prob = model.log_prob(images, _MANY_SAMPLES, seeds, y)
        gaps.append(log_prob.astype("float64") - model.elbo(images, seeds, y))
    gaps = np.concatenate(gaps)
    error = gaps.std(ddof=1) / np.sqrt(gaps.size)
    tolerance = 4.0 * error + subject.rounding * float(np.abs(log_prob).max())
    assert gaps.mean() >= -tolerance, (
        "Expected the ELBO to be at most log p(x). Received: an ELBO that is "
        f"{-gaps.mean():.4g} nats above it, with a standard error of {error:.2g}"
    )


def _assert_distribution(
    name: str, value: Any, rows: int, event_shape: tuple[int, ...]
) -> None:
    assert isinstance(value, tfd.Distribution), (
        f"Expected `{name}` to be a tfd.Distribution. Received: {type(value).__name__}"
    )
    received = (tuple(value.batch_shape), tuple(value.event_shape))
    assert received == ((rows,), tuple(event_shape)), (
        f"Expected `{name}` to have batch shape {(rows,)} and event shape "
        f"{tuple(event_shape)}. Received: {received[0]} and {received[1]}"
    )


def _assert_array(name: str, value: Any, shape: tuple[int, ...]) -> None:
    value = np.asarray(value)
    assert value.shape == tuple(shape), (
        f"Expected {name} to have the shape {tuple(shape)}. Received: {value.shape}"
    )
    assert np.isfinite(value).all(), (
        f"Expected {name} to be finite. "
        f"Received: {int((~np.isfinite(value)).sum())} values that are not"
    )


def _assert_images(name: str, value: Any, shape: tuple[int, ...]) -> None:
    value = np.asarray(value)
    _assert_array(name, value, shape)
    assert value.min() >= 0.0, f"Expected {name} in [0, 1]. Received: {value.min()}"
    assert value.max() <= 1.0, f"Expected {name} in [0, 1]. Received: {value.max()}"
