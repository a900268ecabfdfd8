"""`vaezoo evaluate`."""

import argparse
import sys
from pathlib import Path
from typing import Any

from vaezoo.cli.command import command_parser, positive_integer, seed
from vaezoo.cli.conditions import data_condition
from vaezoo.cli.quiet_tensorflow import import_tensorflow
from vaezoo.cli.spinner import spinner
from vaezoo.cli.tables import print_table

_EXAMPLES = """
vaezoo evaluate fc_vae_mnist --data mnist
vaezoo evaluate fc_vae_mnist --data mnist --num-samples 5000 --limit 1000
vaezoo evaluate path/to/model_folder --data images.npz
"""


def add_parser(commands: Any) -> None:
    """Adds the command to the program."""
    parser = command_parser(
        commands, "evaluate", run, "measure a model's likelihood on images", _EXAMPLES
    )
    parser.add_argument("name", metavar="NAME", help="a model's name or folder")
    parser.add_argument(
        "--data", required=True, help="a data set's name, or an .npz file of images"
    )
    parser.add_argument(
        "--split", help="train, validation or test (the default of a named data set)"
    )
    parser.add_argument(
        "--num-samples",
        type=positive_integer,
        default=100,
        metavar="K",
        help="importance samples an image (default: %(default)s); cards use 5000",
    )
    parser.add_argument(
        "--limit", type=positive_integer, metavar="N", help="only the first N images"
    )
    parser.add_argument(
        "--image-size",
        type=positive_integer,
        metavar="PIXELS",
        help="draw sprites in this size, or shrink a named data set to it",
    )
    parser.add_argument(
        "--data-dir", help="folder of the prepared data sets (default: TFDS_DATA_DIR)"
    )
    parser.add_argument(
        "--seed", type=seed, default=0, help="seed of the samples (default: 0)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Prints log-likelihood, its bound and the use of the latents.

    A conditional model is given the labels, or attributes, of the data.
    """
    from vaezoo.zoo import version_folder

    version_folder(arguments.name)  # A wrong name is found before anything is loaded.
    is_file = Path(arguments.data).suffix == ".npz"
    split = arguments.split or (None if is_file else "test")
    import_tensorflow()
    import vaezoo
    from vaezoo.zoo.card_text import format_measurement

    data = vaezoo.data.load(
        arguments.data,
        split,
        data_dir=arguments.data_dir,
        image_size=arguments.image_size,
    )
    with spinner(f"Loading {arguments.name}"):
        model = vaezoo.load(arguments.name, compile=False)
    data = data.first(arguments.limit)
    result = vaezoo.evaluation.evaluate_likelihood(
        model,
        data.images,
        num_samples=arguments.num_samples,
        seed=arguments.seed,
        progress=sys.stdout.isatty(),
        y=data_condition(model, data),
    )
    rows = result.rows()
    print_table(
        ("metric", "value", "unit", "protocol"),
        [
            (
                row["name"],
                format_measurement(row["value"], row["standard_error"]),
                row["unit"],
                row["protocol"],
            )
            for row in rows
        ],
        title=f"{arguments.name} on {data.name}, {data.split}: {rows[0]['n']:,} images",
        right=("value",),
    )
