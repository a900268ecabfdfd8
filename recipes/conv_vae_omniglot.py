"""conv_vae_omniglot: a convolutional VAE on handwritten characters of many alphabets.

Two levels of strided convolutions with layer normalization, mirrored in the decoder, a
normalizing flow for a prior, a cosine learning rate, and an exponential moving average
of the weights. Every choice was made on the validation images.

    vaezoo train conv_vae_omniglot
"""

import keras

import vaezoo
from vaezoo.evaluation import Evaluation, evaluate_likelihood
from vaezoo.training import TrainingRun, load_splits, publish, recipe_parser

NAME = "conv_vae_omniglot"
DESCRIPTION = "A convolutional VAE with a learned prior on Omniglot, 28x28."

epochs = 60
batch_size = 100
learning_rate = 2e-3
ema_momentum = 0.9995
network = {
    "latent_dim": 40,
    "filters": (32, 64),
    "dense_units": 96,
    "activation": "silu",
    "prior": "real_nvp",
}


def main() -> None:
    """Trains, measures and exports the model."""
    args = recipe_parser(NAME, DESCRIPTION, epochs).parse_args()
    run = TrainingRun(args.runs / NAME, args.resume)
    keras.utils.set_random_seed(args.seed)

    splits = load_splits("omniglot", args.data_dir, args.limit)
    images = {split: data.images for split, data in splits.items()}
    train = vaezoo.data.batches(
        images["train"], batch_size, seed=args.seed, drop_remainder=True
    )

    model = vaezoo.ConvolutionalVAE((28, 28, 1), seed=args.seed, name=NAME, **network)
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
        reference="Kingma & Welling, Auto-Encoding Variational Bayes, ICLR 2014; "
        "prior: Dinh et al., Density Estimation Using Real NVP, ICLR 2017",
        measure=measure,
    )


def measure(model: vaezoo.VAE, test: vaezoo.data.ImageData) -> Evaluation:
    """The likelihood; the decoder is too dear for 5000 samples of every image."""
    return evaluate_likelihood(
        model, test.images, correction_images=1000, progress=True
    )


if __name__ == "__main__":
    main()
