"""`vaezoo compare`."""

import argparse
import contextlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaezoo.cli.command import command_parser
from vaezoo.cli.data_arguments import add_data_arguments, load_split
from vaezoo.cli.likelihood_arguments import add_likelihood_arguments, likelihood_options
from vaezoo.cli.quiet_tensorflow import import_tensorflow
from vaezoo.output_file import output_file

if TYPE_CHECKING:
    from vaezoo.evaluation import Comparison

_EXAMPLES = """
vaezoo compare fc_vae_mnist conv_vae_mnist --data mnist -o report.html
vaezoo compare fc_vae_mnist path/to/model_folder --data images.npz -o table.csv
vaezoo compare '*_mnist' --data mnist --limit all --num-samples 5000
"""

_WRITERS: "dict[str, Callable[[Comparison, Path], None]]" = {
    ".html": lambda comparison, path: comparison.to_html(path),
    ".csv": lambda comparison, path: comparison.to_csv(path),
    ".json": lambda comparison, path: path.write_text(
        json.dumps(comparison.to_dict(), indent=2, allow_nan=False) + "\n", "utf-8"
    ),
}


def add_parser(commands: Any) -> None:
    """Adds the command to the program."""
    parser = command_parser(
        commands, "compare", run, "measure models side by side", _EXAMPLES
    )
    parser.add_argument(
        "names",
        nargs="+",
        metavar="NAME",
        help="models' names, with wildcards * ? [...], or folders",
    )
    add_data_arguments(parser, limit=1000, default="mnist")
    add_likelihood_arguments(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=_output,
        action="append",
        default=[],
        metavar="FILE",
        help="write a report with pictures (.html) or the numbers (.csv, .json); may "
        "be repeated",
    )
    parser.add_argument(
        "--no-speed", action="store_true", help="do not measure how fast they are"
    )


def run(arguments: argparse.Namespace) -> None:
    """Prints the tables, and writes the files."""
    from vaezoo.zoo import version_folder

    names = _expand(arguments.names)
    for name in names:  # A wrong one is found before anything is loaded.
        version_folder(name)
    with contextlib.ExitStack() as stack:
        # Files that cannot be written are found before anything is measured too.
        hidden = [
            (path.suffix.lower(), stack.enter_context(output_file(path)))
            for path in arguments.output
        ]
        import_tensorflow()
        import vaezoo

        comparison = vaezoo.compare(
            names,
            load_split(arguments),
            limit=arguments.limit,
            pictures=any(suffix == ".html" for suffix, _ in hidden),
            progress=sys.stderr.isatty(),
            **({"rounds": 0} if arguments.no_speed else {}),
            **likelihood_options(arguments),
        )
        for suffix, path in hidden:
            _WRITERS[suffix](comparison, path)
    print(comparison)
    for path in arguments.output:
        print(f"\nWrote {path}")


def _expand(patterns: list[str]) -> list[str]:
    """The names that match; what is no pattern stays as it is."""
    from vaezoo.zoo import list_models

    names = []
    for pattern in patterns:
        found = list_models(pattern) if set(pattern) & set("*?[") else []
        names += found or [pattern]
    return names


def _output(text: str) -> Path:
    path = Path(text).expanduser()
    if path.suffix.lower() not in _WRITERS:
        raise argparse.ArgumentTypeError(
            f"expected a file that ends in {', '.join(_WRITERS)}, received {text!r}"
        )
    return path
