"""beta_vae_mnist: fewer nats in the code, each of more use to the eye.

The convolutional networks of `conv_vae_mnist`, with a KL divergence that counts four
times: less rate, more distortion, and latent dimensions that mean something. Every
choice was made on the validation images.

    vaezoo train beta_vae_mnist
"""

from collections.abc import Iterator

import keras

import vaezoo
from vaezoo.evaluation import (
    Evaluation,
    Measurement,
    RateDistortionPoint,
    evaluate_likelihood,
    rate_distortion,
)
from vaezoo.training import TrainingRun, load_splits, publish, recipe_parser

NAME = "beta_vae_mnist"
DESCRIPTION = "A beta-VAE on MNIST, to set its rate and distortion beside a VAE's."

epochs = 20
batch_size = 100
learning_rate = 2e-3
ema_momentum = 0.9995
network = {
    "latent_dim": 16,
    "network": "convolutional",
    "filters": (32, 64),
    "dense_units": 96,
    "activation": "silu",
    "beta": 4.0,
}


def main() -> None:
    """Trains, measures and exports the model."""
    args = recipe_parser(NAME, DESCRIPTION, epochs).parse_args()
    run = TrainingRun(args.runs / NAME, args.resume)
    keras.utils.set_random_seed(args.seed)

    splits = load_splits("mnist", args.data_dir, args.limit)
    images = {split: data.images for split, data in splits.items()}
    train = vaezoo.data.batches(
        images["train"], batch_size, seed=args.seed, drop_remainder=True
    )

    model = vaezoo.BetaVAE((28, 28, 1), seed=args.seed, name=NAME, **network)
    model.adapt(images["train"])
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate, args.epochs * len(train)
    )
    model.compile(
        keras.optimizers.Adam(schedule, use_ema=True, ema_momentum=ema_momentum),
        # On a CPU, XLA slows convolutions down: several steps a plain graph instead.
        jit_compile=False,
        steps_per_execution=10,
    )
    run.fit(
        model,
        train,
        epochs=args.epochs,
        validation_data=vaezoo.data.batches(
            images["validation"], batch_size, shuffle=False
        ),
        validation_freq=5,
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
        reference="Higgins et al., beta-VAE: Learning Basic Visual Concepts with a "
        "Constrained Variational Framework, ICLR 2017; rate and distortion: Alemi et "
        "al., Fixing a Broken ELBO, ICML 2018",
        measure=measure,
        draw=vaezoo.plotting.latent_traversal,
    )


def measure(model: vaezoo.VAE, test: vaezoo.data.ImageData) -> Evaluation:
    """The likelihood, with rate and distortion beside those of `conv_vae_mnist`."""
    likelihood = evaluate_likelihood(
        model, test.images, correction_images=500, progress=True
    )
    other = vaezoo.load("conv_vae_mnist", compile=False)
    points = rate_distortion([model, other], test.images)
    return Evaluation(
        likelihood.measurements
        + tuple(measured for point in points for measured in measurements(point))
    )


def measurements(point: RateDistortionPoint) -> Iterator[Measurement]:
    """Rate and distortion of one model, as the card has them."""
    prefix = "" if point.name == NAME else f"{point.name}_"
    rows = {
        "rate": (point.rate, point.rate_error, "KL(q(z|x) || prior)"),
        "distortion": (point.distortion, point.distortion_error, "-E log p(x|z)"),
    }
    for name, (value, error, what) in rows.items():
        protocol = f"{what} of {point.name}; binarized once with NumPy seed 777"
        yield Measurement(prefix + name, value, "nats", protocol, point.n, error)


if __name__ == "__main__":
    main()
