"""cvae_mnist_quadrants: one to three quadrants of a digit are known, the rest is drawn.

The known pixels are an input of encoder, decoder and prior p(z|y); what is scored is
log p(missing | known). In training the digit is binarized anew at every visit and one,
two or three of its quadrants are known, at random. Every choice was made on the
validation images.

    vaezoo train cvae_mnist_quadrants
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

import vaezoo
from vaezoo.evaluation import Evaluation, evaluate_likelihood
from vaezoo.training import TrainingRun, load_splits, publish, recipe_parser

NAME = "cvae_mnist_quadrants"
DESCRIPTION = "A VAE that completes an MNIST digit of which quadrants are known."

epochs = 120
batch_size = 200
learning_rate = 2e-3
ema_momentum = 0.9995
condition = vaezoo.PartialImage((28, 28, 1))
network = {
    "latent_dim": 32,
    "hidden_units": (136, 136),
    "activation": "silu",
    "residual": True,
    "prior": "conditional_normal",
}


def main() -> None:
    """Trains, measures and exports the model."""
    args = recipe_parser(NAME, DESCRIPTION, epochs).parse_args()
    run = TrainingRun(args.runs / NAME, args.resume)
    keras.utils.set_random_seed(args.seed)

    splits = load_splits("mnist", args.data_dir, args.limit)
    train = vaezoo.data.batches(
        splits["train"].images, batch_size, seed=args.seed, drop_remainder=True
    )
    validation = vaezoo.data.batches(
        splits["validation"].images, batch_size, shuffle=False
    )

    model = vaezoo.ConditionalVAE(
        (28, 28, 1), condition=condition, seed=args.seed, name=NAME, **network
    )
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate, args.epochs * len(train)
    )
    model.compile(
        keras.optimizers.Adam(schedule, use_ema=True, ema_momentum=ema_momentum)
    )
    run.fit(
        model,
        partly_known(train, args.seed),
        epochs=args.epochs,
        validation_data=partly_known(validation, args.seed + 1),
        validation_freq=10,
        callbacks=[keras.callbacks.SwapEMAWeights()],
    )

    publish(
        model,
        args.out,
        run=run,
        splits=splits,
        training={
            "epochs": args.epochs,
            "batch_size": batch_size,
            "seed": args.seed,
            "optimizer": f"Adam, moving average of the weights {ema_momentum}",
            "schedule": f"cosine from {learning_rate} to 0",
        },
        description=DESCRIPTION,
        reference="Sohn et al., Learning Structured Output Representation using Deep "
        "Conditional Generative Models, NeurIPS 2015",
        published=[
            {"value": 71.8, "source": "one quadrant known, Pyro's CVAE example"},
            {"value": 51.0, "source": "two quadrants known, Pyro's CVAE example"},
            {"value": 24.2, "source": "three quadrants known, Pyro's CVAE example"},
        ],
        measure=measure,
        draw=draw,
    )


def partly_known(images: tf.data.Dataset, seed: int) -> tf.data.Dataset:
    """Binary digits, and the same with one to three quadrants known.

    Args:
        images: Batches of grey images.
        seed: Seed of the binarization and of how many quadrants are known.

    Returns:
        Batches of images and of partial images.
    """
    blank = np.zeros((1, 28, 28, 1), "float32")
    masks = [~np.isnan(condition.known_quadrants(blank, n)[0]) for n in (1, 2, 3)]
    masks = tf.constant(np.stack(masks))

    def hide(step: tf.Tensor, grey: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        seeds = tf.stack([tf.cast(seed, tf.int64), step])
        uniform = tf.random.stateless_uniform(tf.shape(grey), seeds)
        binary = tf.cast(uniform < tf.cast(grey, tf.float32) / 255.0, tf.float32)
        number = tf.random.stateless_uniform(
            tf.shape(grey)[:1], seeds + [1, 0], 0, len(masks), tf.int32
        )
        return binary, tf.where(tf.gather(masks, number), binary, np.nan)

    return images.enumerate().map(hide)


def measure(model: vaezoo.ConditionalVAE, test: vaezoo.data.ImageData) -> Evaluation:
    """The likelihood of what is missing, given one, two and three quadrants."""
    binary = vaezoo.data.binarize_fixed(test.images)
    measurements = []
    for number in (1, 2, 3):
        result = evaluate_likelihood(
            model,
            binary,
            y=condition.known_quadrants(binary, number),
            correction_images=1000,
            progress=True,
        )
        for measurement in result.measurements:
            name = f"{measurement.name}_given_{number}"
            measurements.append(dataclasses.replace(measurement, name=name))
    return Evaluation(tuple(measurements))


def draw(model: vaezoo.ConditionalVAE) -> Figure:
    """Digits that `fc_vae_mnist` drew, cut to quadrants and completed.

    Each row has a digit with one, two or three quadrants known, and five completions.
    """
    digits = vaezoo.load("fc_vae_mnist", compile=False).sample(3, seed=0)
    rows = []
    for number, digit in enumerate(digits, start=1):
        y = condition.known_quadrants(np.repeat(digit[None], 5, axis=0), number)
        known = np.nan_to_num(y[:1], nan=0.5)
        rows += [known, model.sample(5, 0, y)]
    return vaezoo.plotting.sample_grid(np.concatenate(rows), 6)


if __name__ == "__main__":
    main()
