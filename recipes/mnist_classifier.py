"""mnist_classifier: the classifier that the quality of MNIST samples is measured with.

A small convolutional network on slightly moved images; its features are what Fréchet
distance, precision and recall compare. It is no model of the zoo:
`vaezoo.evaluation.load_classifier` reads the folder that this writes.

    vaezoo train mnist_classifier
"""

import keras
from keras import layers

import vaezoo
from vaezoo.training import (
    TrainingRun,
    load_splits,
    publish_classifier,
    recipe_parser,
)

NAME = "mnist_classifier"
DATA = "mnist"
DESCRIPTION = "A small convolutional classifier of MNIST, for sample quality."

epochs = 13
batch_size = 64
learning_rate = 2e-3
weight_decay = 1e-2
network = {"filters": (16, 32, 64), "feature_dim": 128, "dropout": 0.1}
AUGMENTATION = "rotated by up to 11 degrees, moved by up to two pixels"


def augmentation() -> list[layers.Layer]:
    """Layers that move each image a little, anew at every visit."""
    # Interpolated once: twice is a blur that the test images do not have.
    return [
        layers.RandomRotation(0.03, fill_mode="constant"),
        layers.RandomTranslation(
            0.08, 0.08, fill_mode="constant", interpolation="nearest"
        ),
    ]


def main() -> None:
    """Trains, measures and writes the classifier."""
    parser = recipe_parser(NAME, DESCRIPTION, epochs, out="classifiers")
    args = parser.parse_args()
    run = TrainingRun(args.runs / NAME, args.resume)
    keras.utils.set_random_seed(args.seed)

    splits = load_splits(DATA, args.data_dir, args.limit)
    train, validation = splits["train"], splits["validation"]
    classifier = vaezoo.evaluation.classifier_network(
        train.image_shape, train.num_classes, name=DATA, **network
    )
    model = keras.Sequential(
        [
            keras.Input(train.image_shape),
            layers.Rescaling(1 / 255),
            *augmentation(),
            classifier,
        ]
    )
    steps = -(-len(train) // batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0,
        args.epochs * steps,
        warmup_target=learning_rate,
        warmup_steps=min(steps, args.epochs * steps // 2),
    )
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=weight_decay),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        # On a CPU, XLA slows convolutions down: several steps a plain graph instead.
        jit_compile=False,
        steps_per_execution=10,
    )
    run.fit(
        model,
        train.images,
        y=train.labels,
        batch_size=batch_size,
        epochs=args.epochs,
        validation_data=(validation.images, validation.labels),
        verbose=2,
    )

    publish_classifier(
        classifier,
        args.out / DATA,
        run=run,
        splits=splits,
        architecture=network,
        training={
            "recipe": f"recipes/{NAME}.py",
            "command": f"vaezoo train {NAME}",
            "epochs": args.epochs,
            "batch_size": batch_size,
            "optimizer": f"AdamW, weight decay {weight_decay}",
            "schedule": f"a warm-up of one epoch, cosine from {learning_rate} to 0",
            "seed": args.seed,
        },
        augmentation=AUGMENTATION,
        description=DESCRIPTION,
    )


if __name__ == "__main__":
    main()
