"""fc_vae_mnist_2d: MNIST on a plane, to look at.

Two latent dimensions, so that all that the model can draw fits in one picture. The
posterior is a Gaussian with full covariance, as two dimensions are soon too few for an
ellipse along the axes. Every choice was made on the validation images.

    vaezoo train fc_vae_mnist_2d
"""

import math

import keras
from matplotlib.figure import Figure

import vaezoo
from vaezoo.evaluation import Evaluation, evaluate_likelihood
from vaezoo.plotting import manifold
from vaezoo.training import TrainingRun, load_splits, publish, recipe_parser

NAME = "fc_vae_mnist_2d"
DESCRIPTION = "The fully connected VAE with a plane for latent space, on MNIST."

epochs = 100
batch_size = 200
learning_rate = 2e-3
ema_momentum = 0.9995
network = {
    "latent_dim": 2,
    "hidden_units": (256, 256, 256, 256),
    "activation": "silu",
    "residual": True,
    "posterior": "multivariate_normal_tril",
}


def main() -> None:
    """Trains, measures and exports the model."""
    args = recipe_parser(NAME, DESCRIPTION, epochs).parse_args()
    run = TrainingRun(args.runs / NAME, args.resume)
    keras.utils.set_random_seed(args.seed)

    splits = load_splits("mnist", args.data_dir, args.limit)
    train, validation = splits["train"].images, splits["validation"].images

    model = vaezoo.FullyConnectedVAE((28, 28, 1), seed=args.seed, name=NAME, **network)
    steps = args.epochs * math.ceil(len(train) / batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    model.compile(
        keras.optimizers.Adam(schedule, use_ema=True, ema_momentum=ema_momentum)
    )
    run.fit(
        model,
        train,
        batch_size=batch_size,
        epochs=args.epochs,
        validation_data=(validation,),
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
                "value": 133.2,
                "source": "-ELBO with three latent dimensions, Kingma & Welling 2014, "
                "Figure 2",
            },
        ],
        measure=measure,
        draw=draw,
    )


def measure(model: vaezoo.VAE, test: vaezoo.data.ImageData) -> Evaluation:
    """The likelihood, with 5000 samples of a part of the images."""
    return evaluate_likelihood(
        model, test.images, correction_images=1000, progress=True
    )


def draw(model: vaezoo.VAE) -> Figure:
    """The learned manifold."""
    return manifold(model, size=15)


if __name__ == "__main__":
    main()
