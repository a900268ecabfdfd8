"""autoencoder_mnist: the plain autoencoder, the baseline of the VAEs.

The networks of `fc_vae_mnist` with codes instead of posteriors: it reconstructs better
and can do nothing else, as nothing says what codes there are. Every choice was made on
the validation images.

    vaezoo train autoencoder_mnist
"""

import math

import keras
import numpy as np
from matplotlib.figure import Figure

import vaezoo
from vaezoo.evaluation import Evaluation, Measurement, reconstruction_error
from vaezoo.training import TrainingRun, load_splits, publish, recipe_parser

NAME = "autoencoder_mnist"
DESCRIPTION = "The plain autoencoder on MNIST, for comparison."

epochs = 60
batch_size = 200
learning_rate = 2e-3
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
    train, validation = splits["train"].images, splits["validation"].images

    model = vaezoo.Autoencoder((28, 28, 1), seed=args.seed, name=NAME, **network)
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
        reference="Hinton & Salakhutdinov, Reducing the Dimensionality of Data with "
        "Neural Networks, Science 313, 2006",
        measure=measure,
        draw=draw,
    )


def measure(model: vaezoo.Autoencoder, test: vaezoo.data.ImageData) -> Evaluation:
    """Reconstruction, of binary images in nats and of grey ones in squares."""
    binary = vaezoo.data.binarize_fixed(test.images)
    likelihood = model.decode(model.encode(binary))
    log_prob = likelihood.log_prob(binary / np.float32(255))  # (n,)
    reconstruction = Measurement(
        "reconstruction",
        float(np.mean(log_prob)),
        "nats",
        "log p(x|z) for the code z of x; binarized once with NumPy seed 777",
        len(binary),
        float(np.std(log_prob, ddof=1) / len(binary) ** 0.5),
    )
    return Evaluation((reconstruction, reconstruction_error(model, test.images)))


def draw(model: vaezoo.Autoencoder) -> Figure:
    """Digits that `fc_vae_mnist` drew, and what is left of them."""
    images = vaezoo.load("fc_vae_mnist", compile=False).sample(10, seed=0)
    return vaezoo.plotting.reconstruction_pairs(images, model.reconstruct(images))


if __name__ == "__main__":
    main()
