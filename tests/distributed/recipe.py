"""A recipe whose worker 1 can be killed, by itself, after an epoch and a half."""

import argparse
import os
import pathlib
import signal

import keras
import numpy as np

import vaezoo
from vaezoo.distributed import find_cluster, is_chief
from vaezoo.training import TrainingRun


class Dies(keras.callbacks.Callback):
    """Kills worker 1 within the second epoch, if it is told to."""

    def __init__(self, dies):
        super().__init__()
        self._dies = dies

    def on_train_batch_end(self, batch, logs=None):
        dies = self._dies and find_cluster().index == 1
        if dies and int(self.model.optimizer.iterations.numpy()) == 4:
            os.kill(os.getpid(), signal.SIGKILL)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--die", action="store_true")
    args = parser.parse_args()
    keras.utils.set_random_seed(0)
    run = TrainingRun(args.out / "run", args.resume)
    model = vaezoo.FullyConnectedVAE(
        (8, 8, 1), latent_dim=2, hidden_units=(16,), name="tiny"
    )
    model.compile("adam", jit_compile=False)
    images = np.random.default_rng(0).random((24, 8, 8, 1)).astype("float32")
    callbacks = [Dies(args.die)]
    history = run.fit(
        model, images, batch_size=8, epochs=3, verbose=0, callbacks=callbacks
    )
    if is_chief():
        vaezoo.export(model, args.out / "tiny")
        print("losses", *history.history["loss"])


if __name__ == "__main__":
    main()
