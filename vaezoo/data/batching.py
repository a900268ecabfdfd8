"""Images in memory as a `tf.data` pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vaezoo.images import check_images
from vaezoo.integers import is_integer

if TYPE_CHECKING:
    import tensorflow as tf


def batches(
    images: np.ndarray,
    batch_size: int,
    *,
    labels: np.ndarray | None = None,
    seed: int | None = None,
    shuffle: bool = True,
    drop_remainder: bool = False,
) -> tf.data.Dataset:
    """Returns batches of images in memory, shuffled anew in each epoch.

    A shuffled index is cut into batches, and each batch is one gather from the array.
    uint8 images stay uint8, for the model to scale.

    Autotune is off in this pipeline, because with it the teardown of an iterator at the
    end of an epoch can hang for seconds.

    Args:
        images: (n, height, width, channels), uint8 in 0..255 or floats in [0, 1].
        batch_size: Images in a batch; the last batch of an epoch may be smaller.
        labels: One label (or row of labels) an image; gives batches `(images, labels)`.
        seed: Makes the order repeatable: two pipelines with the same seed give the same
            epochs in the same sequence. `None` shuffles differently in each run.
        shuffle: Whether to shuffle; otherwise the order is that of the array.
        drop_remainder: Whether to leave out a last smaller batch.

    Returns:
        A `tf.data.Dataset` of known cardinality that yields image batches, (batch,
        height, width, channels), or `(images, labels)`.

    Raises:
        ValueError: If an argument does not fit.
    """
    images = check_images(images)
    _check_batch_size(batch_size, len(images), drop_remainder)
    arrays = images if labels is None else (images, _check_labels(labels, len(images)))
    return _gathered(arrays, len(images), batch_size, seed, shuffle, drop_remainder)


def _gathered(
    arrays: np.ndarray | tuple[np.ndarray, np.ndarray],
    count: int,
    batch_size: int,
    seed: int | None,
    shuffle: bool,
    drop_remainder: bool,
) -> tf.data.Dataset:
    import tensorflow as tf

    with tf.device("CPU:0"):
        tensors = tf.nest.map_structure(tf.convert_to_tensor, arrays)
    dataset = tf.data.Dataset.range(count)
    if shuffle:
        dataset = dataset.shuffle(count, seed=seed, reshuffle_each_iteration=True)
    dataset = dataset.batch(batch_size, drop_remainder=drop_remainder)
    dataset = dataset.map(
        lambda index: tf.nest.map_structure(lambda t: tf.gather(t, index), tensors)
    )
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options).prefetch(2)


def _check_batch_size(batch_size: int, count: int, drop_remainder: bool) -> None:
    if not is_integer(batch_size, 1):
        raise ValueError(
            f"Expected batch_size, a positive integer. Received: {batch_size!r}"
        )
    if drop_remainder and batch_size > count:
        raise ValueError(
            "Expected at least one whole batch with drop_remainder=True. "
            f"Received: {count} images, batch_size={batch_size}"
        )


def _check_labels(labels: np.ndarray, count: int) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.ndim < 1 or len(labels) != count:
        raise ValueError(
            f"Expected one label for each of the {count} images. "
            f"Received: labels of shape {labels.shape}"
        )
    return labels
