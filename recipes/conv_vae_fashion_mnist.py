"""conv_vae_fashion_mnist: a convolutional VAE on Fashion-MNIST, binarized anew.

Three levels of convolutions with layer normalization, mirrored in the decoder, and a
wide dense layer behind them; a normalizing flow for a prior, a cosine learning rate,
and an exponential moving average of the weights. The ELBO first; then a few epochs of
the importance-weighted bound. Every choice was made on the validation images.

    vaezoo train conv_vae_fashion_mnist
"""

import keras

import vaezoo
from vaezoo.evaluation import Evaluation, evaluate_likelihood
from vaezoo.objectives import DoublyReparameterized
from vaezoo.training import TrainingRun, load_splits, publish, recipe_parser

NAME = "conv_vae_fashion_mnist"
DESCRIPTION = "A convolutional VAE with a learned prior on Fashion-MNIST."

epochs = 90
batch_size = 100
learning_rate = 2e-3
ema_momentum = 0.9995
network = {
    "latent_dim": 40,
    "filters": (32, 48, 64),
    "dense_units": 272,
    "activation": "silu",
    "prior": "real_nvp",
}

tuning_epochs = 15
tuning_samples = 5
tuning_rate = 5e-4
tuning_ema_momentum = 0.999


def main() -> None:
    """Trains, measures and exports the model."""
    args = recipe_parser(NAME, DESCRIPTION, epochs).parse_args()
    run = TrainingRun(args.runs / NAME, args.resume)
    keras.utils.set_random_seed(args.seed)

    splits = load_splits("fashion_mnist", args.data_dir, args.limit)
    images = {split: data.images for split, data in splits.items()}
    train = vaezoo.data.batches(
        images["train"], batch_size, seed=args.seed, drop_remainder=True
    )
    validation = vaezoo.data.batches(images["validation"], batch_size, shuffle=False)

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
        validation_data=validation,
        validation_freq=5,
        callbacks=[keras.callbacks.SwapEMAWeights()],
    )

    tuning = run.stage("importance_weighted")
    tuned = vaezoo.ConvolutionalVAE(
        **model.get_config() | {"objective": DoublyReparameterized(tuning_samples)}
    )
    tuned.set_weights(model.get_weights())
    last_epochs = min(tuning_epochs, args.epochs)  # --epochs 1 tries both stages
    schedule = keras.optimizers.schedules.CosineDecay(
        tuning_rate, last_epochs * len(train)
    )
    tuned.compile(
        keras.optimizers.Adam(schedule, use_ema=True, ema_momentum=tuning_ema_momentum)
    )
    tuning.fit(
        tuned,
        train,
        epochs=last_epochs,
        validation_data=validation,
        validation_freq=5,
        callbacks=[keras.callbacks.SwapEMAWeights()],
    )
    # The ELBO stays what `fit` maximizes when somebody fine-tunes the model.
    model.set_weights(tuned.get_weights())

    publish(
        model,
        args.out,
        run=tuning,
        splits=splits,
        training={
            "epochs": args.epochs,
            "batch_size": batch_size,
            "seed": args.seed,
            "optimizer": f"Adam, moving average of the weights {ema_momentum}",
            "schedule": f"cosine from {learning_rate} to 0; then {last_epochs} epochs "
            f"of the importance-weighted bound, k = {tuning_samples}, cosine from "
            f"{tuning_rate} to 0, moving average {tuning_ema_momentum}",
        },
        description=DESCRIPTION,
        reference="Kingma & Welling, Auto-Encoding Variational Bayes, ICLR 2014; "
        "prior: Dinh et al., Density Estimation Using Real NVP, ICLR 2017",
        published=[
            {"value": 228.70, "source": "VAE 300-300, Norouzi et al. 2020"},
            {
                "value": 227.35,
                "source": "the same with a VampPrior, Norouzi et al. 2020",
            },
            {
                "value": 224.63,
                "source": "ConvHVAE of two stochastic layers with an Exemplar prior, "
                "Norouzi et al. 2020",
            },
        ],
        measure=measure,
    )


def measure(model: vaezoo.VAE, test: vaezoo.data.ImageData) -> Evaluation:
    """The likelihood; the decoder is too dear for 5000 samples of every image."""
    return evaluate_likelihood(
        model, test.images, correction_images=1000, progress=True
    )


if __name__ == "__main__":
    main()
