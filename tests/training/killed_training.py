"""A program that trains a small model, for test_resume_after_kill.py to kill.

It imports everything, and then waits for orders: each line of its input names a folder
of a run and a seed, and is carried out by a process of its own, forked before
TensorFlow has started a thread. What it takes to import TensorFlow is so paid once.
"""

import contextlib
import hashlib
import json
import os
import resource
import signal
import sys
import traceback

# One thread, or a fork would not be safe.
os.environ.update(
    OPENBLAS_NUM_THREADS="1",
    OMP_NUM_THREADS="1",
    # Of Arrow, which pandas imports, which Keras does where it is there.
    JE_ARROW_MALLOC_CONF="background_thread:false",
)

import keras
import numpy as np

import vaezoo
import vaezoo.callbacks
import vaezoo.data
import vaezoo.models
from vaezoo.callbacks.training_state import training_variables, values_of
from vaezoo.training import TrainingRun

SHAPE, COUNT, BATCH, EPOCHS = (6, 5, 1), 90, 8, 5


def train(folder, seed, limit=None):
    """Trains to the end, and prints a digest of all that training has made.

    Each seed, of 0 to 5, is another combination of data, execution and callbacks.
    """
    keras.utils.set_random_seed(seed)
    images = np.random.default_rng(seed).integers(0, 256, (COUNT, *SHAPE))
    images = images.astype("uint8")
    model = vaezoo.FullyConnectedVAE(SHAPE, 2, hidden_units=(8,), seed=seed)
    optimizer = keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.9)
    model.compile(
        optimizer,
        jit_compile=seed == 5,  # to compile takes longer than to train
        steps_per_execution=(1, 3)[seed % 2],
    )
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    data, kwargs = images, {"batch_size": BATCH}
    if seed % 3 == 0:
        data, kwargs = vaezoo.data.batches(images, BATCH, seed=seed), {}
    begun = os.path.exists(os.path.join(folder, "lock"))
    run = TrainingRun(folder, begun, checkpoint_seconds=1e-9)
    history = run.fit(
        model,
        data,
        epochs=EPOCHS,
        verbose=0,
        validation_data=images[:10],
        callbacks=[
            keras.callbacks.SwapEMAWeights(swap_on_epoch=seed % 4 == 0),
            keras.callbacks.ReduceLROnPlateau(patience=1, min_delta=0.5),
            keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True),
            *([vaezoo.callbacks.LatentUsage(images[:20])] if seed == 1 else []),
        ],
        **kwargs,
    )
    values = values_of(training_variables(model))
    digests = [hashlib.sha256(value.tobytes()).hexdigest() for value in values]
    print(json.dumps([digests, history.history, run.log.read_text()]))


def carry_out(order):
    """Trains in this process as the order says, and ends the process."""
    code = 1
    try:
        with (
            open(order["output"], "w") as output,
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(output),
        ):
            try:
                train(order["folder"], order["seed"], order.get("limit"))
                code = 0
            except SystemExit as stop:
                code = stop.code
            except BaseException:
                traceback.print_exc()
    finally:
        os._exit(code)


def main():
    """Forks a process an order, and says its number, then how it ended."""
    threads = len(os.listdir("/proc/self/task"))
    print(json.dumps({"threads": threads}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            carry_out(order)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
