"""Trains small models under a strategy, in a process of its own, and saves what came.

    python trainings.py STRATEGY FILE CASE...

STRATEGY is "mirrored", two virtual CPUs, or "workers", those that TF_CONFIG names. The
results go to `FILE` with the worker's number, an `.npz`.
"""

import contextlib
import random
import sys

import keras
import numpy as np
import tensorflow as tf

import vaezoo
from vaezoo.distributed import find_cluster

ROWS, BATCH = 22, 8


def images(count=ROWS):
    pixels = np.random.default_rng(0).random((count, 8, 8, 1))
    return (pixels * 255).astype("uint8")


def compiled(model, optimizer="adam"):
    model.compile(optimizer, jit_compile=False)
    return model


def dense(**kwargs):
    return vaezoo.FullyConnectedVAE(
        (8, 8, 1), latent_dim=2, hidden_units=(16,), **kwargs
    )


def arrays():
    """On arrays, with a last batch of 6 rows, and validation."""
    model = compiled(dense())
    x = images()
    yield model
    yield model.fit(x, batch_size=BATCH, epochs=2, validation_data=x[:5], verbose=0)


def weighted():
    """With weights of the images, clipped gradients, and a mean of weights."""
    optimizer = keras.optimizers.Adam(0.01, global_clipnorm=0.5, use_ema=True)
    model = compiled(dense(), optimizer)
    x = images()
    weights = np.linspace(0.0, 2.0, len(x))
    swap = [keras.callbacks.SwapEMAWeights()]
    yield model
    yield model.fit(
        x, batch_size=BATCH, sample_weight=weights, epochs=2, callbacks=swap, verbose=0
    )


def convolutional():
    """On a data set that shuffles, whose last batch has one row."""
    model = compiled(vaezoo.ConvolutionalVAE((8, 8, 1), latent_dim=2, filters=(4,)))
    data = tf.data.Dataset.from_tensor_slices(images(17)).shuffle(17, seed=3)
    yield model
    yield model.fit(data.batch(BATCH), epochs=2, verbose=0)


def conditional():
    """With a condition, and a number of steps an epoch that is no pass."""
    model = vaezoo.ConditionalVAE((8, 8, 1), 2, vaezoo.Labels(3), hidden_units=(16,))
    compiled(model)
    y = np.arange(ROWS) % 3
    yield model
    yield model.fit(
        images(), y, batch_size=BATCH, steps_per_epoch=4, epochs=2, verbose=0
    )


def half():
    """In float16, with a loss that is scaled."""
    model = compiled(dense(dtype="mixed_float16"), keras.optimizers.SGD(1e-4))
    yield model
    yield model.fit(images(), batch_size=BATCH, epochs=2, verbose=0)


def own_shares():
    """Each worker has a data set of its own, with its half of each batch."""
    model = compiled(dense())
    workers, index = find_cluster()
    x = images(24).reshape(3, workers, 8 // workers, 8, 8, 1)[:, index]
    data = tf.data.Dataset.from_tensor_slices(x.reshape(-1, 8, 8, 1))
    options = tf.data.Options()
    policies = tf.data.experimental.AutoShardPolicy
    options.experimental_distribute.auto_shard_policy = policies.OFF
    data = data.batch(8 // workers).with_options(options)
    model.adapt(images(24))
    yield model
    yield model.fit(data, epochs=2, verbose=0, adapt=False)


CASES = (arrays, weighted, convolutional, conditional, half, own_shares)


def run(strategy, case, inside=False):
    """What a training ends with, by name.

    Args:
        strategy: A strategy or None.
        case: One of `CASES`.
        inside: Whether all happens in the strategy's scope, and not the making alone.
    """
    keras.utils.set_random_seed(1)
    # Other weights on the other workers, which are those of the first one in the end.
    random.seed(find_cluster().index)
    steps = case()
    with contextlib.ExitStack() as stack:
        if strategy is not None:
            stack.enter_context(strategy.scope())
        model = next(steps)
        if not inside:
            stack.close()
        history = next(steps).history
        x = images()
        y = {"y": np.arange(ROWS) % 3} if model.conditional else {}
        found = {f"weight{i}": v.numpy() for i, v in enumerate(model.weights)}
        found |= {f"history_{name}": values for name, values in history.items()}
        means = model.evaluate(x, **y, batch_size=BATCH, return_dict=True, verbose=0)
        found |= {f"evaluated_{name}": mean for name, mean in means.items()}
        found["predicted"] = model.predict(x, **y, batch_size=BATCH, verbose=0)
        found["elbo"] = model.elbo(x, **y, seed=0)
    return {f"{case.__name__}/{name}": value for name, value in found.items()}


def refusal(strategy):
    """What `fit` says where the workers have other data."""
    with strategy.scope():
        model = compiled(dense())
    try:
        model.fit(images() // (1 + find_cluster().index), verbose=0)
    except ValueError as error:
        return str(error)


def main(kind, path, *names):
    if kind == "mirrored":
        (cpu,) = tf.config.list_physical_devices("CPU")
        halves = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(cpu, halves)
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    else:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    found = {}
    for case in CASES:
        if case.__name__ in names:
            found |= run(strategy, case, inside=case is arrays)
    if "refusal" in names:
        found["refusal"] = refusal(strategy)
    np.savez(f"{path}{find_cluster().index}.npz", **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
