"""`vaezoo evaluate`."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from vaezoo.cli.command import command_parser, positive_integer
from vaezoo.cli.data_arguments import add_data_arguments, load_split
from vaezoo.cli.likelihood_arguments import add_likelihood_arguments
from vaezoo.cli.metrics import METRICS, Run
from vaezoo.cli.quiet_tensorflow import import_tensorflow
from vaezoo.cli.spinner import spinner
from vaezoo.cli.tables import print_table

if TYPE_CHECKING:
    from vaezoo.data import ImageData
    from vaezoo.evaluation import Measurement

_EXAMPLES = """
vaezoo evaluate fc_vae_mnist --data mnist
vaezoo evaluate fc_vae_mnist --data mnist --num-samples 5000 --checkpoint half_done
vaezoo evaluate conv_vae_mnist --data mnist --metrics samples,representation --json
vaezoo evaluate path/to/model_folder --data images.npz

metrics:
"""


def add_parser(commands: Any) -> None:
    """Adds the command to the program."""
    metrics = "\n".join(f"{name:<16} {f.__doc__}" for name, f in METRICS.items())
    parser = command_parser(
        commands, "evaluate", run, "measure a model on images", _EXAMPLES + metrics
    )
    parser.add_argument("name", metavar="NAME", help="a model's name or folder")
    add_data_arguments(parser)
    parser.add_argument(
        "--metrics",
        type=_metrics,
        default=["likelihood"],
        metavar="A,B,...",
        help="what to measure, see below (default: likelihood)",
    )
    add_likelihood_arguments(parser)
    parser.add_argument(
        "--samples",
        type=positive_integer,
        metavar="N",
        help="how many samples to draw, where some are (default: as many as images)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> None:
    """Prints what was measured, and how.

    A conditional model is given the labels, or attributes, of the data.
    """
    from vaezoo.zoo import version_folder

    version_folder(arguments.name)  # A wrong name is found before anything is loaded.
    import_tensorflow()
    import vaezoo

    data = load_split(arguments)
    with spinner(f"Loading {arguments.name}"):
        model = vaezoo.load(arguments.name, compile=False)
    data = data.first(arguments.limit)
    task = Run(model, data, arguments)
    rows = [row for metric in arguments.metrics for row in METRICS[metric](task)]
    if arguments.json:
        print(_json(arguments.name, data, rows))
    else:
        _print_rows(arguments.name, data, rows)


def _print_rows(name: str, data: "ImageData", rows: "list[Measurement]") -> None:
    from vaezoo.zoo.card_text import format_measurement

    print_table(
        ("metric", "value", "unit", "protocol"),
        [
            (
                row.name,
                format_measurement(row.value, row.standard_error),
                row.unit,
                row.protocol,
            )
            for row in rows
        ],
        title=f"{name} on {data.name}, {data.split}: {len(data):,} images",
        right=("value",),
    )


def _json(name: str, data: "ImageData", rows: "list[Measurement]") -> str:
    import dataclasses
    import math

    measurements = [dataclasses.asdict(row) for row in rows]
    for row in measurements:  # JSON has no nan; null says as much.
        row["value"] = row["value"] if math.isfinite(row["value"]) else None
    found = {
        "model": name,
        "data": data.name,
        "split": data.split,
        "n": len(data),
        "measurements": measurements,
    }
    return json.dumps(found, indent=2, allow_nan=False)


def _metrics(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in METRICS]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"expected some of {', '.join(METRICS)}, received {', '.join(unknown)!r}"
        )
    return list(dict.fromkeys(names))
