"""cvae_mnist: a VAE that draws the digit one asks for.

The convolutional networks of `conv_vae_mnist`, with the label as an input of encoder
and decoder. First trained with the prior N(0, I): whatever z says of the digit costs,
so that it leaves the digit to the label. Then with a prior that a normalizing flow
learns for each digit. With a flow that does not know the digit, from the beginning, one
sample in sixteen is not what was asked for. Every choice was made on the validation
images.

    vaezoo train cvae_mnist
"""

from typing import Any

import keras

import vaezoo
from vaezoo.evaluation import Evaluation, conditional_accuracy, evaluate_likelihood
from vaezoo.training import TrainingRun, load_splits, publish, recipe_parser

NAME = "cvae_mnist"
DESCRIPTION = "A VAE that draws the MNIST digit that one asks for."

epochs = 30
first_epochs = 15
batch_size = 100
learning_rate = 2e-3
ema_momentum = 0.9995
network = {
    "latent_dim": 40,
    "network": "convolutional",
    "filters": (32, 64),
    "dense_units": 96,
    "activation": "silu",
}


def make_model(prior: str, seed: int) -> vaezoo.ConditionalVAE:
    """The model with a prior of this name."""
    return vaezoo.ConditionalVAE(
        (28, 28, 1),
        condition=vaezoo.Labels(10),
        prior=prior,
        seed=seed,
        name=NAME,
        **network,
    )


def main() -> None:
    """Trains, measures and exports the model."""
    args = recipe_parser(NAME, DESCRIPTION, epochs).parse_args()
    run = TrainingRun(args.runs / NAME, args.resume)
    keras.utils.set_random_seed(args.seed)

    splits = load_splits("mnist", args.data_dir, args.limit)
    train, validation = splits["train"], splits["validation"]

    batches = vaezoo.data.batches(
        train.images,
        batch_size,
        labels=train.labels,
        seed=args.seed,
        drop_remainder=True,
    )

    def train_stage(
        stage: TrainingRun, model: vaezoo.VAE, rate: Any, last: int
    ) -> None:
        model.compile(
            keras.optimizers.Adam(rate, use_ema=True, ema_momentum=ema_momentum),
            # On a CPU, XLA slows convolutions down: several steps a plain graph.
            jit_compile=False,
            steps_per_execution=10,
        )
        stage.fit(
            model,
            batches,
            epochs=last,
            validation_data=(validation.images, validation.labels),
            validation_freq=5,
            callbacks=[keras.callbacks.SwapEMAWeights()],
        )

    # First with N(0, I): whatever z says of the class costs, so z leaves it to y.
    first = make_model("standard_normal", args.seed)
    first.adapt(train.images)
    # --epochs 1 tries both stages.
    train_stage(run, first, learning_rate, min(first_epochs, args.epochs))

    # Then with a prior that learns what is left, class by class.
    prior_stage = run.stage("prior")
    model = make_model("conditional_real_nvp", args.seed)
    model.encoder.set_weights(first.encoder.get_weights())
    model.decoder.set_weights(first.decoder.get_weights())
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate, args.epochs * len(batches)
    )
    train_stage(prior_stage, model, schedule, args.epochs)

    publish(
        model,
        args.out,
        run=prior_stage,
        splits=splits,
        training={
            "epochs": args.epochs,
            "batch_size": batch_size,
            "seed": args.seed,
            "optimizer": f"Adam, moving average of the weights {ema_momentum}",
            "schedule": f"{learning_rate} for {first_epochs} epochs with the prior "
            f"N(0, I); then, with the learned one, cosine from {learning_rate} to 0",
        },
        description=DESCRIPTION,
        reference="Sohn et al., Learning Structured Output Representation using Deep "
        "Conditional Generative Models, NeurIPS 2015; prior: Dinh et al., Density "
        "Estimation Using Real NVP, ICLR 2017",
        published=[
            {
                "value": 82.32,
                "source": "label-conditional IWAE, k = 1, nbip/IWAE",
            },
            {"value": 80.78, "source": "the same, k = 50"},
        ],
        measure=measure,
    )


def measure(model: vaezoo.ConditionalVAE, test: vaezoo.data.ImageData) -> Evaluation:
    """-log p(x|y), and the share of samples that show the digit asked for."""
    likelihood = evaluate_likelihood(
        model, test.images, y=test.labels, correction_images=1000, progress=True
    )
    accuracy = conditional_accuracy(model, "mnist")
    return Evaluation(likelihood.measurements + accuracy.measurements)


if __name__ == "__main__":
    main()
