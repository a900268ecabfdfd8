"""fc_vae_mnist: the fully connected VAE of 2014 on MNIST, one stochastic layer.

Kingma & Welling's model with today's networks: residual blocks and layer
normalization, a cosine learning rate, and an exponential moving average of the
weights. Every choice was made on the validation images.

    vaezoo train fc_vae_mnist
"""

import keras

import vaezoo
from vaezoo.training import TrainingRun, load_splits, publish, recipe_parser

NAME = "fc_vae_mnist"
DESCRIPTION = "The fully connected VAE on MNIST, one stochastic layer."

epochs = 300
batch_size = 200
learning_rate = 3e-3
ema_momentum = 0.9995
network = {
    "latent_dim": 40,
    "hidden_units": (300, 300, 300),
    "activation": "silu",
    "residual": True,
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

    model = vaezoo.FullyConnectedVAE((28, 28, 1), seed=args.seed, name=NAME, **network)
    model.adapt(images["train"])
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate, args.epochs * len(train)
    )
    model.compile(
        keras.optimizers.Adam(schedule, use_ema=True, ema_momentum=ema_momentum),
        # XLA pays for dense layers; 25 steps an execution, 10 executions an epoch.
        jit_compile=True,
        steps_per_execution=25,
    )
    run.fit(
        model,
        train,
        epochs=args.epochs,
        validation_data=vaezoo.data.batches(
            images["validation"], batch_size, shuffle=False
        ),
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
        reference="Kingma & Welling, Auto-Encoding Variational Bayes, ICLR 2014",
        published=[
            {
                "value": 86.76,
                "source": "VAE 784-200-200-50, Burda et al. 2016, Table 1",
            },
            {"value": 86.35, "source": "the same network, nbip/IWAE reproduction"},
        ],
    )


if __name__ == "__main__":
    main()
