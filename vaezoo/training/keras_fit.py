"""`fit` of Keras models that are no VAEs, as `TrainingRun` needs it."""

import random
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo.models.array_pipeline import Arrays, array_batches, check_weights
from vaezoo.models.epoch_order import EpochOrder
from vaezoo.models.resumption import resumable


def keras_fit(
    model: keras.Model,
    x: Any,
    callbacks: list[keras.callbacks.Callback],
    y: Any = None,
    batch_size: int | None = None,
    shuffle: bool = True,
    sample_weight: Any = None,
    initial_epoch: int = 0,
    steps_per_epoch: int | None = None,
    **kwargs: Any,
) -> keras.callbacks.History:
    """`fit` of a Keras model, with what `fit` of a VAE does for it to be resumed.

    Args:
        model: A compiled model.
        x: An array or a data set.
        callbacks: The callbacks; `Checkpoint` comes last.
        y: As in `fit`, for arrays.
        batch_size: As in `fit`.
        shuffle: As in `fit`.
        sample_weight: As in `fit`.
        initial_epoch: As in `fit`.
        steps_per_epoch: As in `fit`.
        **kwargs: The other arguments of `fit`.

    Returns:
        The `History`.
    """
    arrays = order = first = None
    if isinstance(x, tf.data.Dataset):
        first = next(iter(x.take(1)))
    else:
        x = np.asarray(x)
        weights = check_weights(sample_weight, len(x))
        arrays = Arrays(x, None if y is None else np.asarray(y), weights)
        if shuffle:
            optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
            steps_made = optimizer.variables[0].value
            order = EpochOrder(_seed(), steps_made, len(x))
            callbacks = [order, *callbacks]
        kwargs.setdefault("validation_batch_size", batch_size)
        x = array_batches(arrays, batch_size, steps_per_epoch, order)
    with resumable(
        model,
        x,
        callbacks,
        order=order,
        arrays=arrays,
        first_batch=first,
        epochs=kwargs.get("epochs", 1),
        first_epoch=initial_epoch,
        steps_per_epoch=steps_per_epoch,
        validation=kwargs.get("validation_data"),
        batch_size=batch_size,
        shuffle=shuffle,
        random_numbers=_seed(),
    ) as (x, epoch):
        return model.fit(
            x,
            callbacks=callbacks,
            initial_epoch=epoch,
            steps_per_epoch=steps_per_epoch,
            shuffle=False,  # Keras warns of its own default where it does not apply.
            **kwargs,
        )


def _seed() -> int:
    """A number that follows from the seed of the program, and leaves it as it is."""
    generator = random.Random()
    generator.setstate(random.getstate())
    return generator.getrandbits(31)
