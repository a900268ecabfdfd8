"""beta_tcvae_sprites: latent dimensions that are the factors of the images.

Sprites of five known factors: shape, scale, orientation, x and y. The beta-TCVAE pays
extra for dependence between its latent dimensions. From a random start that alone ends
in codes that wind through several dimensions, so the price of information is annealed:
forty times its worth at first, when nothing but the coarsest pays, a straight axis each
for x, y and size, and then less and less, so that these axes become finer. What did not
pay at first is not taken up later: sprites are drawn as discs, of no shape and
orientation. Every choice was made by the codes of other sprites than those of the card.

    vaezoo train beta_tcvae_sprites
"""

import dataclasses
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
from vaezoo.objectives import BetaTCVAE
from vaezoo.training import TrainingRun, load_splits, publish, recipe_parser

NAME = "beta_tcvae_sprites"
DESCRIPTION = "A beta-TCVAE on sprites: x, y and size have a latent dimension each."

epochs = 60
batch_size = 128
learning_rate = 1.5e-3
network = {
    "latent_dim": 10,
    "filters": (8, 16, 32, 64),
    "dense_units": 128,
    "activation": "silu",
}
objective = {
    "beta": 6.0,
    "dataset_size": 20_000,
    # Of small batches the other estimator sees each image's own code alone.
    "estimator": "minibatch_stratified",
}
first_price = 40.0


@keras.saving.register_keras_serializable(package="recipes")
class AnnealedTCVAE(BetaTCVAE):
    """The objective with all parts of the KL divergence dearer at first.

    They cost `first_price` times as much; the factor falls to 1 over `warm_up_steps`
    steps, by the same share with each.
    """

    def kl_weight(self, step: tf.Tensor | None, dtype: Any = "float32") -> tf.Tensor:
        """The factor: at the end of the schedule, where `step` is None, 1."""
        return first_price ** (1.0 - super().kl_weight(step, dtype))


def main() -> None:
    """Trains, measures and exports the model."""
    args = recipe_parser(NAME, DESCRIPTION, epochs).parse_args()
    run = TrainingRun(args.runs / NAME, args.resume)
    keras.utils.set_random_seed(args.seed)

    splits = load_splits("sprites", args.data_dir, args.limit)
    images = {split: data.images for split, data in splits.items()}
    train = vaezoo.data.batches(
        images["train"], batch_size, seed=args.seed, drop_remainder=True
    )

    steps = args.epochs * len(train)
    model = vaezoo.ConvolutionalVAE(
        (64, 64, 1),
        objective=AnnealedTCVAE(**objective, warm_up_steps=steps // 2),
        seed=args.seed,
        name=NAME,
        **network,
    )
    model.adapt(images["train"])
    model.compile(
        keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(learning_rate, steps)
        ),
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
    )
    # Without the annealing, which fine-tuning needs no more.
    trained = vaezoo.ConvolutionalVAE(
        **model.get_config() | {"objective": BetaTCVAE(**objective)}
    )
    trained.set_weights(model.get_weights())

    publish(
        trained,
        args.out,
        run=run,
        splits=splits,
        training={
            "epochs": args.epochs,
            "batch_size": batch_size,
            "seed": args.seed,
            "optimizer": "Adam",
            "schedule": f"cosine from {learning_rate} to 0; the KL divergence and its "
            f"parts cost {first_price:g} times as much at first, falling to 1 over the "
            "first half",
        },
        description=DESCRIPTION,
        reference="Chen et al., Isolating Sources of Disentanglement in Variational "
        "Autoencoders, NeurIPS 2018; annealing: Rose, Deterministic Annealing for "
        "Clustering, Compression, Classification, Regression, and Related Optimization "
        "Problems, Proceedings of the IEEE 1998",
        published=[
            {
                "value": 0.50,
                "source": "MIG without shape, beta-TCVAE on dSprites, "
                "YannDubs/disentangling-vae#64; other images of the same factors",
            }
        ],
        measure=measure,
        draw=vaezoo.plotting.latent_traversal,
    )


def measure(model: vaezoo.VAE, test: vaezoo.data.ImageData) -> Evaluation:
    """The mutual information gap, of all factors and without shape; the likelihood."""
    data = FactorData.of(vaezoo.data.Sprites(64))
    without_shape = data.select(["scale", "orientation", "x", "y"])
    return Evaluation(
        (
            mig(model, data, "mig"),
            mig(model, without_shape, "mig_without_shape"),
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
