"""`fit` that goes on where another one was interrupted: the side of `fit`."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf

from vaezoo.models.epoch_order import EpochOrder
from vaezoo.models.run_settings import data_settings, digest, model_settings


@dataclasses.dataclass
class Training:
    """What a call of `fit` is about to do, for the callback that resumes it.

    Attributes:
        model: The model.
        callbacks: The callbacks that the user has given.
        epochs: Up to which epoch to train.
        first_epoch: From which one, if there is nothing to resume.
        settings: What must be the same when it is resumed.
        first_batch: Digest of the first batch of a data set; empty for arrays.
        repeats: Whether a data set gives the same batches again in another process,
            if it gives the same first one.
    """

    model: keras.Model
    callbacks: list[keras.callbacks.Callback]
    epochs: int
    first_epoch: int
    settings: dict[str, Any]
    first_batch: str
    repeats: Callable[[], bool]


@dataclasses.dataclass
class Start:
    """From where a callback has `fit` begin.

    Attributes:
        epoch: Epochs done.
        batch: Batches done of the next one.
        batches_to_skip: What to pull from the first iterator before the first step
            that is made; set by `resumable`.
    """

    epoch: int
    batch: int = 0
    batches_to_skip: int = 0


@contextlib.contextmanager
def resumable(
    model: keras.Model,
    x: Any,
    callbacks: Any,
    *,
    order: EpochOrder | None = None,
    arrays: Any = None,
    first_batch: Any = None,
    epochs: int = 1,
    first_epoch: int = 0,
    steps_per_epoch: int | None = None,
    validation: Any = None,
    **settings: Any,
) -> Iterator[tuple[Any, int]]:
    """What to hand to Keras's `fit` for a training that may have been interrupted.

    A callback with a true attribute `resumes_training` says where to begin: it has a
    method `training(Training)`, a context manager that gives a `Start`. Without such a
    callback all is as it was.

    Keras starts a data set anew when it resumes, so its shuffled order would be that of
    the first epoch (tensorflow/tensorflow#48178), and inside of an epoch it would begin
    at the first batch. Here as many iterators of a data set are made, and thrown away,
    as there were epochs: a seeded `shuffle` then is where it was. The callback pulls
    the batches of the epoch that were trained on.

    Args:
        model: A compiled model.
        x: What Keras will take: a data set, or another source of batches.
        callbacks: The callbacks of `fit`, as a list or a `CallbackList`.
        order: The order of the rows, if `x` was made of arrays.
        arrays: What `x` was made of, if it was made of arrays.
        first_batch: The first batch of a data set, as read by this process.
        epochs: As in `fit`.
        first_epoch: `initial_epoch` of `fit`.
        steps_per_epoch: As in `fit`.
        validation: Arrays or the data set to validate on.
        **settings: What else must be the same when a training is resumed.

    Yields:
        The source of batches and the first epoch.

    Raises:
        ValueError: If more than one callback resumes.
    """
    callbacks = getattr(callbacks, "callbacks", callbacks)
    given = keras.tree.flatten(callbacks or [])
    found = [one for one in given if getattr(one, "resumes_training", False)]
    if not found or not model.compiled:  # if it is not, Keras says so
        yield x, first_epoch
        return
    if len(found) > 1:
        raise ValueError(
            "Expected one callback that resumes training. "
            f"Received: {', '.join(type(one).__name__ for one in found)}"
        )
    others = [one for one in given if one is not found[0] and not _by_fit(one)]
    data = data_settings(x if arrays is None else arrays)
    checked = {
        **model_settings(model),
        **{f"data.{name}": value for name, value in data.items()},
        **{f"validation.{k}": v for k, v in data_settings(validation).items()},
        "steps_per_epoch": steps_per_epoch,
        "initial_epoch": first_epoch,
        "callbacks": [type(one).__name__ for one in others],
        **settings,
    }
    is_data_set = isinstance(x, tf.data.Dataset)
    training = Training(
        model,
        others,
        epochs,
        first_epoch,
        checked,
        first_batch="" if arrays is not None else digest(first_batch),
        repeats=lambda: arrays is not None or (is_data_set and repeats(x)),
    )
    with found[0].training(training) as start:
        if is_data_set:
            x = _placed(x, start, training, arrays is None, steps_per_epoch)
            if order is not None:
                order.batches_made = start.batches_to_skip
        yield x, start.epoch


def repeats(dataset: tf.data.Dataset) -> bool:
    """Whether a data set holds nothing whose state is outside of it.

    That is what TensorFlow demands of data sets that it sends to other machines: no
    Python, no random numbers but those of `shuffle` and of stateless operations.

    Args:
        dataset: A data set.
    """
    fail = 2  # ExternalStatePolicy.POLICY_FAIL
    try:
        tf.raw_ops.DatasetToGraphV2(
            input_dataset=tf.data.experimental.to_variant(dataset),
            external_state_policy=fail,
        )
    except tf.errors.FailedPreconditionError:
        return False
    except tf.errors.OpError:
        return True  # It is too large for a graph, say, which has another reason.
    return True


def _by_fit(callback: keras.callbacks.Callback) -> bool:
    """Whether `fit` has added the callback, this library's or Keras's."""
    added = (keras.callbacks.History, keras.callbacks.ProgbarLogger, EpochOrder)
    return isinstance(callback, added) or getattr(callback, "added_by_fit", False)


def _placed(
    dataset: tf.data.Dataset,
    start: Start,
    training: Training,
    of_user: bool,
    steps_per_epoch: int | None,
) -> tf.data.Dataset:
    """The data set, standing where the training does.

    Its iterators are made when a batch is pulled: Keras makes more of them than it
    uses, and each makes a `shuffle` go on to another order.
    """
    passes, taken = start.epoch - training.first_epoch, start.batch
    size = int(dataset.cardinality())
    if steps_per_epoch is None:
        source, length = tf.data.Dataset.range(1), size
    else:
        # Keras does not begin in the middle of a pass: to it, this one has no end.
        each = training.model.steps_per_execution
        made = passes * -(-steps_per_epoch // each) * each + taken
        passes, taken = divmod(made, size) if size > 0 else (0, made)
        source, length = tf.data.Dataset.counter(), tf.data.INFINITE_CARDINALITY
    start.batches_to_skip = taken
    for _ in range(passes if of_user else 0):
        iter(dataset)
    placed = source.flat_map(lambda _: dataset).with_options(dataset.options())
    if length != tf.data.UNKNOWN_CARDINALITY:
        placed = placed.apply(tf.data.experimental.assert_cardinality(length))
    return placed
