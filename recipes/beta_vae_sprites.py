"""beta_vae_sprites: a beta-VAE on sprites, and a VAE on the same run to compare with.

A nat of the code costs fifteen times beta at first, so that nothing but the coarsest
pays, an axis each for size and the two directions of the plane; then its price falls to
beta, and the axes become finer. What did not pay at first is not taken up later:
sprites are drawn as discs, of no shape and orientation. The beta-VAE does not mind
which two directions of the plane it measures: that they are nearly x and y is the
seed's doing, chosen like beta by the codes of other sprites than those of the card.
After it, a VAE with beta = 1 from the first step to the last sees the same images in
the same order.

    vaezoo train beta_vae_sprites
"""

import dataclasses
import functools
from typing import Any

import keras
import tensorflow as tf

import vaezoo
from vaezoo.evaluation import (
    Evaluation,
    FactorData,
    Measurement,
    evaluate_disentanglement,
    evaluate_likelihood,
)
from vaezoo.objectives import ELBO, BetaELBO, Objective
from vaezoo.training import TrainingRun, load_splits, publish, recipe_parser

NAME = "beta_vae_sprites"
DESCRIPTION = "A beta-VAE on sprites: x, y and size have a latent dimension each."

epochs = 40
batch_size = 128
learning_rate = 1.5e-3
network = {
    "latent_dim": 10,
    "filters": (8, 16, 32, 64),
    "dense_units": 128,
    "activation": "silu",
}
beta = 4.0
first_price = 15.0
seed = 1


@keras.saving.register_keras_serializable(package="recipes")
class AnnealedELBO(BetaELBO):
    """The beta-VAE's bound with a KL divergence that is dearer at first.

    It costs `first_price` times as much; the factor falls to 1 over `warm_up_steps`
    steps, by the same share with each.
    """

    def kl_weight(self, step: tf.Tensor | None, dtype: Any = "float32") -> tf.Tensor:
        """The factor: at the end of the schedule, where `step` is None, 1."""
        return first_price ** (1.0 - super().kl_weight(step, dtype))


def main() -> None:
    """Trains, measures and exports the model."""
    parser = recipe_parser(NAME, DESCRIPTION, epochs)
    parser.set_defaults(seed=seed)
    args = parser.parse_args()
    run = TrainingRun(args.runs / NAME, args.resume)

    splits = load_splits("sprites", args.data_dir, args.limit)
    images = {split: data.images for split, data in splits.items()}
    train = vaezoo.data.batches(
        images["train"], batch_size, seed=args.seed, drop_remainder=True
    )
    steps = args.epochs * len(train)

    def trained(stage: TrainingRun, objective: Objective) -> vaezoo.VAE:
        keras.utils.set_random_seed(args.seed)
        model = vaezoo.ConvolutionalVAE(
            (64, 64, 1), objective=objective, seed=args.seed, **network
        )
        model.adapt(images["train"])
        model.compile(
            keras.optimizers.Adam(
                keras.optimizers.schedules.CosineDecay(learning_rate, steps)
            ),
            # On a CPU, XLA slows convolutions down: several steps a plain graph.
            jit_compile=False,
            steps_per_execution=10,
        )
        stage.fit(
            model,
            train,
            epochs=args.epochs,
            validation_data=vaezoo.data.batches(
                images["validation"], batch_size, shuffle=False
            ),
            validation_freq=5,
        )
        return model

    annealed = trained(run, AnnealedELBO(beta, warm_up_steps=steps // 2))
    plain_stage = run.stage("plain_vae")
    plain = trained(plain_stage, ELBO())
    model = vaezoo.BetaVAE(
        (64, 64, 1),
        network="convolutional",
        beta=beta,
        seed=args.seed,
        name=NAME,
        **network,
    )
    model.set_weights(annealed.get_weights())

    publish(
        model,
        args.out,
        run=plain_stage,
        splits=splits,
        training={
            "epochs": args.epochs,
            "batch_size": batch_size,
            "seed": args.seed,
            "optimizer": "Adam",
            "schedule": f"cosine from {learning_rate} to 0; the KL divergence costs "
            f"{first_price * beta:g} times its worth at first, falling to {beta:g} "
            "over the first half; then the plain VAE to compare with, as long again",
        },
        description=DESCRIPTION,
        reference="Higgins et al., beta-VAE: Learning Basic Visual Concepts with a "
        "Constrained Variational Framework, ICLR 2017; annealing: Rose, Deterministic "
        "Annealing for Clustering, Compression, Classification, Regression, and "
        "Related Optimization Problems, Proceedings of the IEEE 1998",
        measure=functools.partial(measure, plain=plain),
        draw=vaezoo.plotting.latent_traversal,
    )


def measure(
    model: vaezoo.VAE, test: vaezoo.data.ImageData, plain: vaezoo.VAE
) -> Evaluation:
    """The mutual information gap beside that of the plain VAE, and the likelihood."""
    data = FactorData.of(vaezoo.data.Sprites(64))
    without_shape = data.select(["scale", "orientation", "x", "y"])
    return Evaluation(
        (
            mig(model, data, "mig"),
            mig(plain, data, "plain_vae_mig"),
            mig(model, without_shape, "mig_without_shape"),
            mig(plain, without_shape, "plain_vae_mig_without_shape"),
            *evaluate_likelihood(
                model, test.images, correction_images=30, progress=True
            ).measurements,
        )
    )


def mig(model: vaezoo.VAE, data: FactorData, name: str) -> Measurement:
    """The mutual information gap of a model, under a name."""
    (found,) = evaluate_disentanglement(model, data, metrics=["mig"]).measurements
    return dataclasses.replace(found, name=name, images="sprites of all factors")


if __name__ == "__main__":
    main()
