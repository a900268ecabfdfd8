"""What a model of the zoo is good for, in two minutes and without a network.

    python -m vaezoo.demo --out out/demo

Loads a trained model, draws samples, shows what its latent dimensions do, fine-tunes it
on images of another kind, draws samples again, and exports the result.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vaezoo.cli.command import positive_integer
from vaezoo.cli.quiet_tensorflow import import_tensorflow
from vaezoo.zoo import check_writable, info

if TYPE_CHECKING:
    import numpy as np

    from vaezoo import VAE

_SEED = 1


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the demo.

    Args:
        argv: The arguments; by default those of the process.
    """
    args = _parser().parse_args(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        _demo(args.model, args.out, args.images, args.epochs)
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")


def _demo(name: str, out: Path, num_images: int, epochs: int) -> None:
    # Here and not above: neither `--help` nor a wrong name waits for TensorFlow.
    card = info(name)
    check_writable(out)
    import_tensorflow()
    import vaezoo
    from vaezoo.plotting import latent_traversal, sample_grid

    model = vaezoo.load(name)
    print(f"Loaded {name}: {model.count_params():,} weights.")
    out.mkdir(parents=True, exist_ok=True)
    sample_grid(model.sample(64, seed=_SEED)).savefig(out / "samples.png")
    latent_traversal(model, seed=_SEED).savefig(out / "traversal.png")

    sprites = vaezoo.data.Sprites(model.image_shape[:2])
    train, _ = sprites.sample(num_images, seed=0)
    test, _ = sprites.sample(500, seed=1)
    before = model.elbo(test, seed=0).mean()
    print(f"Fine-tuning on {num_images:,} sprites, which it has never seen.")
    fine_tune(model, train, epochs)
    after = model.elbo(test, seed=0).mean()
    print(f"ELBO of new sprites: {before:.1f} nats before, {after:.1f} nats after.")
    sample_grid(model.sample(64, seed=_SEED)).savefig(out / "samples_finetuned.png")

    print("Exporting it, and checking the export as TensorFlow Serving would run it.")
    folder = vaezoo.export(
        model,
        out / f"{card.name}_finetuned",
        card={"description": f"{card.name}, fine-tuned on sprites."},
    )
    _say_where_things_are(out, folder)


def fine_tune(model: "VAE", images: "np.ndarray", epochs: int) -> None:
    """Trains a model on other images, with a progress bar.

    Args:
        model: The model.
        images: uint8 or floats in [0, 1], `(n, height, width, channels)`.
        epochs: Passes over the images.
    """
    import keras
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("  epoch {task.fields[epoch]}, ELBO {task.fields[elbo]:.1f} nats"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    batch_size = 50
    steps = -(-len(images) // batch_size)
    task = bar.add_task("", total=steps * epochs, epoch=1, elbo=float("nan"))
    progress = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: bar.update(task, epoch=epoch + 1),
        on_train_batch_end=lambda batch, logs: bar.update(
            task, completed=int(model.optimizer.iterations), elbo=logs["elbo"]
        ),
    )
    keras.utils.set_random_seed(0)
    model.compile(keras.optimizers.Adam(2e-3), jit_compile=False, steps_per_execution=5)
    with bar:
        model.fit(
            images,
            batch_size=batch_size,
            epochs=epochs,
            callbacks=[progress],
            verbose=0,
        )


def _say_where_things_are(out: Path, folder: Path) -> None:
    things = {
        out / "samples.png": "samples of the model as it came",
        out / "traversal.png": "its latent dimensions, one a row",
        out / "samples_finetuned.png": "the same latent vectors, fine-tuned",
        folder: "the fine-tuned model, to load and to serve",
    }
    width = max(len(str(path)) for path in things)
    print()
    for path, what in things.items():
        print(f"  {path!s:<{width}}  {what}")
    print(f"\nNext, in Python: model = vaezoo.load({str(folder.parent)!r})")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m vaezoo.demo",
        description="Samples, fine-tunes and exports a model; needs no network.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--out", type=Path, default=Path("out/demo"), help="folder for what it makes"
    )
    parser.add_argument(
        "--model", default="conv_vae_mnist", help="a model's name or folder"
    )
    parser.add_argument(
        "--images",
        type=positive_integer,
        default=10_000,
        help="sprites to fine-tune on",
    )
    parser.add_argument(
        "--epochs", type=positive_integer, default=4, help="passes over the sprites"
    )
    return parser


if __name__ == "__main__":
    main()
