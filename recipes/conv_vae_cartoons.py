"""conv_vae_cartoons: a convolutional VAE of cartoon faces in colour, 64 x 64.

Four levels of strided convolutions with few filters where there are many pixels, each
pixel a mixture of logistics over its 256 levels, and a normalizing flow as the prior.
The data set has attributes for latent arithmetic: glasses, hair and face colours.

    vaezoo train conv_vae_cartoons
"""

import keras

import vaezoo
from vaezoo.evaluation import Evaluation, evaluate_likelihood
from vaezoo.layers import DiscretizedLogisticMixture
from vaezoo.training import TrainingRun, load_splits, publish, recipe_parser

NAME = "conv_vae_cartoons"
DESCRIPTION = "A convolutional VAE of cartoon faces in colour, 64 x 64."

epochs = 36
batch_size = 32
learning_rate = 1e-3
ema_momentum = 0.999
image_shape = (64, 64, 3)
network = {
    "latent_dim": 64,
    "filters": (24, 48, 64, 64),
    "dense_units": 128,
    "activation": "silu",
    "prior": "real_nvp",
}
num_components = 3


def main() -> None:
    """Trains, measures and exports the model."""
    args = recipe_parser(NAME, DESCRIPTION, epochs).parse_args()
    run = TrainingRun(args.runs / NAME, args.resume)
    keras.utils.set_random_seed(args.seed)

    splits = load_splits("cartoon_set", args.data_dir, args.limit)
    images = {split: data.images for split, data in splits.items()}
    train = vaezoo.data.batches(
        images["train"], batch_size, seed=args.seed, drop_remainder=True
    )

    model = vaezoo.ConvolutionalVAE(
        image_shape,
        likelihood=DiscretizedLogisticMixture(
            image_shape, num_components, name="likelihood"
        ),
        seed=args.seed,
        name=NAME,
        **network,
    )
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
        reference="Kingma & Welling, Auto-Encoding Variational Bayes, ICLR 2014; the "
        "likelihood: Salimans et al., PixelCNN++, ICLR 2017",
        measure=measure,
    )


def measure(model: vaezoo.VAE, test: vaezoo.data.ImageData) -> Evaluation:
    """The likelihood, with as many samples as the decoder allows in minutes.

    k is small beside that of other cards, but so is what it changes: of the thousands
    of nats of such an image, the bound gives away some tens.
    """
    return evaluate_likelihood(
        model,
        test.images,
        num_samples=1000,
        correction_images=30,
        correction_samples=50,
        progress=True,
    )


if __name__ == "__main__":
    main()
