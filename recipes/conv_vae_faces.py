"""conv_vae_faces: a convolutional VAE of the faces of people that it has never seen.

Fourteen people to learn from, three to choose by and three to measure on. Two things
keep the network from learning the fourteen by heart: copies of the images, mirrored and
moved by up to two pixels, and decoupled weight decay. A floor under the scale of the
pixels' logistic keeps a few pixels that hardly change, where the background is flat,
from outweighing the faces. The prior is a normalizing flow.

What the model is for is its latent space: a direction puts sunglasses on a face and
takes them off. Every choice was made on the validation people.

    vaezoo train conv_vae_faces
"""

import functools

import keras
import numpy as np
from matplotlib.figure import Figure

import vaezoo
from vaezoo.data import ImageData
from vaezoo.evaluation import Evaluation, Measurement, auroc, evaluate_likelihood
from vaezoo.layers import DiscretizedLogistic
from vaezoo.plotting import attribute_direction, sample_grid
from vaezoo.training import TrainingRun, load_splits, publish, recipe_parser

NAME = "conv_vae_faces"
DESCRIPTION = "A convolutional VAE of faces, 64 x 64, with a direction of sunglasses."

epochs = 40
warm_up_epochs = 3
batch_size = 32
learning_rate = 1e-3
weight_decay = 0.2
ema_momentum = 0.998
image_shape = (64, 64, 1)
network = {
    "latent_dim": 32,
    "filters": (16, 32, 64, 64),
    "dense_units": 128,
    "activation": "silu",
    "prior": "real_nvp",
}
min_scale = 0.06
shifts = (-2, 0, 2)

ATTRIBUTES = {"sunglasses": "sunglasses", "happy": "smile"}


def with_copies(images: np.ndarray) -> np.ndarray:
    """Each image and its mirror image, both as they are and moved in 8 directions."""
    height, width = images.shape[1:3]
    both = np.concatenate([images, images[:, :, ::-1]])
    edge = max(shifts)
    edged = np.pad(both, ((0, 0), (edge, edge), (edge, edge), (0, 0)), mode="edge")
    return np.concatenate(
        [
            edged[:, edge + y : edge + y + height, edge + x : edge + x + width]
            for y in shifts
            for x in shifts
        ]
    )


def main() -> None:
    """Trains, measures and exports the model."""
    args = recipe_parser(NAME, DESCRIPTION, epochs).parse_args()
    run = TrainingRun(args.runs / NAME, args.resume)
    keras.utils.set_random_seed(args.seed)

    splits = load_splits("cmu_faces", args.data_dir, args.limit)
    train = vaezoo.data.batches(
        with_copies(splits["train"].images),
        batch_size,
        seed=args.seed,
        drop_remainder=True,
    )

    model = vaezoo.ConvolutionalVAE(
        image_shape,
        likelihood=DiscretizedLogistic(
            image_shape, min_scale=min_scale, name="likelihood"
        ),
        seed=args.seed,
        name=NAME,
        **network,
    )
    model.adapt(splits["train"].images)
    # A code is noise at first, which a decoder in a hurry learns to do without.
    warm_up_steps = warm_up_epochs * len(train)
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate / 10,
        max(1, args.epochs * len(train) - warm_up_steps),
        warmup_target=learning_rate,
        warmup_steps=warm_up_steps,
    )
    model.compile(
        keras.optimizers.AdamW(
            schedule, weight_decay, use_ema=True, ema_momentum=ema_momentum
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
            splits["validation"].images, batch_size, shuffle=False
        ),
        validation_freq=2,
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
            "optimizer": f"AdamW, weight decay {weight_decay}, moving average of the "
            f"weights {ema_momentum}",
            "schedule": f"{warm_up_epochs} epochs up to {learning_rate}, then cosine "
            "to 0; an epoch is each image and its mirror image, both moved to 9 places",
        },
        description=DESCRIPTION,
        reference="Kingma & Welling, Auto-Encoding Variational Bayes, ICLR 2014; the "
        "likelihood: Kingma et al., Improved Variational Inference with Inverse "
        "Autoregressive Flow, NIPS 2016; directions: Larsen et al., Autoencoding "
        "beyond pixels using a learned similarity metric, ICML 2016",
        measure=functools.partial(measure, train=splits["train"]),
        draw=functools.partial(draw, train=splits["train"]),
    )


def measure(model: vaezoo.VAE, test: ImageData, train: ImageData) -> Evaluation:
    """The likelihood, and what the directions tell of people never seen."""
    likelihood = evaluate_likelihood(
        model, test.images, num_samples=1000, correction_images=30, progress=True
    )
    measurements = list(likelihood.measurements)
    codes = model.encode(test.images).mean().numpy()
    for name, called in ATTRIBUTES.items():
        score = codes @ direction(model, train, name)
        has = attribute(test, name)
        area, error = auroc(score[~has], score[has])
        protocol = (
            f"'{name}' read from the projection of the code on the difference of the "
            f"training images' means; {len(score)} images of people never seen"
        )
        measurements.append(
            Measurement(f"{called}_auroc", area, "of 1", protocol, len(score), error)
        )
    return Evaluation(tuple(measurements))


def draw(model: vaezoo.VAE, train: ImageData) -> Figure:
    """Faces that it generates, taken along the direction of sunglasses."""
    z = model.encode(model.sample(7, seed=0)).mean().numpy()
    steps = np.linspace(-1.5, 1.5, 7)[:, None] * direction(model, train, "sunglasses")
    faces = model.decode((z[:, None] + steps).reshape(-1, z.shape[-1])).mean()
    return sample_grid(faces.numpy(), columns=len(steps))


def direction(model: vaezoo.VAE, data: ImageData, name: str) -> np.ndarray:
    """From faces without an attribute to faces with it, `(latent_dim,)`."""
    codes = model.encode(data.images).mean().numpy()
    return attribute_direction(codes, attribute(data, name))


def attribute(data: ImageData, name: str) -> np.ndarray:
    """Whether each image has it, bool `(n,)`."""
    return data.attributes[:, data.attribute_names.index(name)].astype(bool)


if __name__ == "__main__":
    main()
