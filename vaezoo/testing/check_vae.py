"""Checks of a whole model, for the zoo's own and for a user's."""

from collections.abc import Callable
from typing import Any

from vaezoo import random
from vaezoo.models import VAE
from vaezoo.testing.condition_checks import check_condition
from vaezoo.testing.inference_checks import (
    check_bound,
    check_bound_below_log_prob,
    check_pixel_types,
    check_rows_are_independent,
    check_seeds,
    check_shapes,
)
from vaezoo.testing.saving_checks import check_config, check_keras_file
from vaezoo.testing.subject import (
    Subject,
    copy_of,
    standardize_condition,
    standardize_images,
)
from vaezoo.testing.training_checks import (
    check_evaluate,
    check_execution_modes,
    check_fit,
    check_gradients,
)

CHECKS: tuple[Callable[[Subject], None], ...] = (
    check_config,
    check_shapes,
    check_condition,
    check_bound,
    check_pixel_types,
    check_seeds,
    check_rows_are_independent,
    check_bound_below_log_prob,
    check_gradients,
    check_execution_modes,
    check_keras_file,
    check_evaluate,
    check_fit,
)

_MOST_IMAGES = 8


def check_vae(
    model: VAE, images: Any = None, y: Any = None, seed: int = 0
) -> tuple[str, ...]:
    """Checks that a model does all that a VAE of this package must do.

    They are the checks that every family and every trained model of vaezoo passes:

    - `config`: the model is rebuilt from `get_config()`, by way of JSON;
    - `shapes`: encode, decode, sample, reconstruct, elbo, log_prob and prior give what
      they promise, all of it finite;
    - `condition`: in a conditional model another condition gives another result, and a
      missing one is refused; in others a condition is refused;
    - `bound`: the ELBO is reconstruction minus KL, and minus the loss where the
      objective is `ELBO`;
    - `pixel_types`: uint8 images are the same as floats in [0, 1];
    - `seeds`: the same seed gives the same draw, another seed another one;
    - `rows_are_independent`: a row's result does not depend on the rows beside it, nor
      on its place among them (at inference: batch normalization in training may mix);
    - `bound_below_log_prob`: the ELBO is at most log p(x), up to standard error;
    - `gradients`: the loss has a finite gradient for every trainable weight;
    - `execution_modes`: eager mode, a graph and XLA agree;
    - `keras_file`: a `.keras` file, loaded in safe mode, is the same model;
    - `evaluate`: it gives the same at every call and for every batch size (but for the
      loss of an objective that `contrasts_rows`);
    - `fit`: a step of training changes weights, and all stay finite.

    The checks work on copies: the model keeps its weights, its optimizer and whether it
    is compiled. They take some seconds for a small model.

    Args:
        model: The model.
        images: Images to check it on, as for `fit`, at least two; the first eight are
            used. Random ones by default.
        y: The condition of each image, for conditional models. Random ones by default.
        seed: Seed of the random images and conditions, and of every draw.

    Returns:
        The names of the checks, all of which passed.

    Raises:
        ValueError: If `model` is not a `vaezoo.VAE`, or images or conditions do not
            fit it.
        AssertionError: If a check fails; it begins with the name of the check.

    Example:
        >>> encoder = keras.Sequential([
        ...     keras.Input((28, 28, 1)),
        ...     keras.layers.Flatten(),
        ...     keras.layers.Dense(16),
        ... ])
        >>> decoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(784)])
        >>> "gradients" in check_vae(vaezoo.VAE(encoder, decoder))
        True
    """
    if not isinstance(model, VAE):
        raise ValueError(f"Expected a vaezoo.VAE. Received: {type(model).__name__}")
    random.check_seed(seed)
    images = standardize_images(images, model, _MOST_IMAGES, seed)
    y = standardize_condition(y, model, len(images), seed)
    subject = None
    passed = []
    for check in CHECKS:
        name = check.__name__.removeprefix("check_")
        try:
            # Within the loop: a model that cannot be copied fails the first check.
            subject = subject or Subject(copy_of(model), images, seed, y)
            check(subject)
        except Exception as error:
            raise AssertionError(
                f"{name}: {type(model).__name__} {model.name!r} failed this check. "
                f"{error}"
            ) from error
        passed.append(name)
    return tuple(passed)
